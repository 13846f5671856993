// Keys of a review list: passed on while nothing is being typed and no dialog is open. "g" followed by a letter belongs to the frame.
const keys = ['j', 'k', 'a', 'r', 'e', 'x', 'u'];

export function attach(list) {
  let afterG = 0;
  const press = e => {
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
    if (e.target.closest?.('textarea,select,[contenteditable=true],input:not([type=checkbox])')) return;
    if (e.key === 'g') { afterG = e.timeStamp; return; }
    if (afterG && e.timeStamp - afterG < 1200) { afterG = 0; return; }
    if (!keys.includes(e.key)) return;
    e.preventDefault();
    list.invokeMethodAsync('Press', e.key);
  };
  document.addEventListener('keydown', press);
  return { detach() { document.removeEventListener('keydown', press); } };
}

export function show(id) { document.getElementById(id)?.scrollIntoView({ block: 'nearest' }); }

export function focusEditor() {
  const editor = document.querySelector('[data-review-editor]');
  editor?.focus();
  editor?.setSelectionRange(editor.value.length, editor.value.length);
}
