// Frame of every page: theme, language, navigation width, drawer, shortcuts, dialogs. Everything here works before the circuit stands.
const year = 31536000;
const remember = (name, value) => { document.cookie = `${name}=${value};path=/;max-age=${year};samesite=lax`; };
const root = document.documentElement;
const themes = ['system', 'light', 'dark'];
let layout = null;

function nextTheme() {
  // From "system" the first press changes what is seen; the third returns to the system's choice.
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const order = dark ? ['system', 'light', 'dark'] : ['system', 'dark', 'light'];
  const now = themes.includes(root.dataset.theme) ? root.dataset.theme : 'system';
  setTheme(order[(order.indexOf(now) + 1) % 3]);
}

export function setTheme(theme) {
  root.dataset.theme = theme;
  remember('studio.theme', theme);
  dispatchEvent(new Event('studio:theme'));
}

export function setLanguage(name) {
  remember('.AspNetCore.Culture', encodeURIComponent(`c=${name}|uic=${name}`));
  location.reload();
}

function setDrawer(open) {
  if (open) root.dataset.drawer = 'open'; else delete root.dataset.drawer;
}

document.addEventListener('click', e => {
  const target = e.target.closest?.('[data-toggle],[data-language],[data-reconnect],[data-copy],[data-print]');
  if (target?.dataset.toggle === 'theme') nextTheme();
  else if (target?.dataset.toggle === 'nav') {
    root.dataset.nav = root.dataset.nav === 'small' ? 'wide' : 'small';
    remember('studio.nav', root.dataset.nav);
  } else if (target?.dataset.toggle === 'drawer') setDrawer(!root.dataset.drawer);
  else if (target?.dataset.language) setLanguage(target.dataset.language);
  else if (target?.dataset.reconnect) reconnect();
  else if (target?.dataset.copy !== undefined) copy(target);
  else if (target?.dataset.print !== undefined) print();
  else if (e.target.closest?.('.nav a')) setDrawer(false);
});

async function copy(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent ?? '';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure address the clipboard is closed: select the text so that Ctrl+C takes it.
    const range = document.createRange();
    range.selectNodeContents(document.getElementById(button.dataset.copy));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (!document.execCommand('copy')) return;
  }
  button.dataset.copied = '';
  setTimeout(() => delete button.dataset.copied, 1600);
}

const typing = e => e.target.closest?.('input,textarea,select,[contenteditable=true]');
const places = { h: '/', d: '/data', t: '/train', r: '/runs', m: '/models', a: '/adapters', p: '/playground', e: '/endpoints', s: '/settings' };
let afterG = 0;

document.addEventListener('keydown', e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
    e.preventDefault();
    layout?.invokeMethodAsync('OpenPalette');
    return;
  }
  if (e.target.dataset?.arrows !== undefined && (e.key === 'ArrowDown' || e.key === 'ArrowUp' || e.key === 'Enter')) e.preventDefault();
  if (e.ctrlKey && e.key === 'Enter') {
    const scope = e.target.closest?.('[data-submit-scope],form,dialog') ?? document;
    const button = scope.querySelector('[data-submit]');
    if (button && !button.disabled) { e.preventDefault(); button.click(); }
    return;
  }
  if (e.key === 'Escape') setDrawer(false);
  if (typing(e) || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
  if (e.key === '?') layout?.invokeMethodAsync('OpenShortcuts');
  else if (e.key === 'g') afterG = e.timeStamp;
  else if (afterG && e.timeStamp - afterG < 1200 && places[e.key]) { afterG = 0; layout?.invokeMethodAsync('GoTo', places[e.key]); }
});

export function start(dotnet) {
  layout = dotnet;
  root.dataset.ready = '';
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

// Blazor sets up the dialog's element; the browser keeps the focus inside it.
export function openDialog(element) {
  if (element.open) return;
  element.showModal();
  element.querySelector('[autofocus]')?.focus();
  if (!element.dataset.wired) {
    element.dataset.wired = '';
    element.addEventListener('mousedown', e => {
      if (e.target !== element) return;
      const box = element.getBoundingClientRect();
      if (e.clientX < box.left || e.clientX > box.right || e.clientY < box.top || e.clientY > box.bottom) element.close();
    });
  }
}

export function closeDialog(element) { if (element?.open) element.close(); }

export function scrollToEnd(element) { if (element) element.scrollTop = element.scrollHeight; }

export function download(address) {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}

// Circuit: a bar while it is away; after a server restart the page is loaded again, so nothing stale stays.
async function reconnect() {
  try {
    if (!(await Blazor.reconnect())) location.reload();
  } catch {
    location.reload();
  }
}

document.getElementById('components-reconnect-modal')?.addEventListener('components-reconnect-state-changed', e => {
  if (e.detail.state === 'rejected') location.reload();
});
addEventListener('online', () => {
  if (document.querySelector('#components-reconnect-modal.components-reconnect-failed')) reconnect();
});
