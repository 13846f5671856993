// Drop zones: files travel by XMLHttpRequest, so that the server streams them to disk and progress is real. Reports at most four times a second.
export function attach(zone, dotnet, options) {
  const running = new Map();
  const input = zone.querySelector('input[type=file]');
  const area = options.wholePage ? document.body : zone;
  let depth = 0;
  let counter = 0;

  const hasFiles = e => [...(e.dataTransfer?.types ?? [])].includes('Files');
  const over = e => { if (hasFiles(e)) { e.preventDefault(); e.dataTransfer.dropEffect = input.disabled ? 'none' : 'copy'; } };
  const enter = e => { if (hasFiles(e)) { depth++; zone.dataset.over = ''; } };
  const leave = e => { if (hasFiles(e) && --depth <= 0) { depth = 0; delete zone.dataset.over; } };
  const drop = e => {
    if (!hasFiles(e)) return;
    e.preventDefault();
    depth = 0;
    delete zone.dataset.over;
    if (!input.disabled) send([...e.dataTransfer.files]);
  };
  const pick = () => { send([...input.files]); input.value = ''; };

  function send(files) {
    for (const file of input.multiple ? files : files.slice(0, 1)) post(file);
  }

  function post(file) {
    const key = `u${++counter}`;
    const request = new XMLHttpRequest();
    running.set(key, request);
    dotnet.invokeMethodAsync('Started', key, file.name, file.size);
    const began = performance.now();
    let told = 0;
    request.upload.onprogress = e => {
      const now = performance.now();
      if (now - told < 250 && e.loaded < e.total) return;
      told = now;
      dotnet.invokeMethodAsync('Moved', key, e.loaded, e.total, e.loaded / Math.max(0.05, (now - began) / 1000));
    };
    request.onload = () => {
      running.delete(key);
      if (request.status >= 200 && request.status < 300) dotnet.invokeMethodAsync('Done', key, request.responseText);
      else dotnet.invokeMethodAsync('Failed', key, request.status, reason(request.responseText));
    };
    request.onerror = () => { running.delete(key); dotnet.invokeMethodAsync('Failed', key, 0, ''); };
    const form = new FormData();
    for (const [name, value] of Object.entries(options.fields ?? {})) form.append(name, value);
    form.append('file', file, file.name);
    request.open('POST', options.address);
    token().then(value => {
      if (value) request.setRequestHeader(value.header, value.token);
      if (running.has(key)) request.send(form);
    });
  }

  const pairs = [[area, 'dragover', over], [area, 'dragenter', enter], [area, 'dragleave', leave], [area, 'drop', drop], [input, 'change', pick]];
  for (const [target, name, handler] of pairs) target.addEventListener(name, handler);

  // A file picked before this script was there must not be lost.
  if (input.files.length > 0) pick();
  zone.dataset.ready = 'true';

  return {
    cancel(key) { running.get(key)?.abort(); running.delete(key); },
    detach() {
      for (const [target, name, handler] of pairs) target.removeEventListener(name, handler);
      for (const request of running.values()) request.abort();
    },
  };
}

// problem+json of /api and the error object of /v1 both carry a sentence.
function reason(text) {
  try {
    const body = JSON.parse(text);
    return body.detail ?? body.error?.message ?? body.title ?? '';
  } catch {
    return '';
  }
}

// A browser that is signed in proves with this token that the request comes from a page of this host.
async function token() {
  try {
    const answer = await fetch('/api/antiforgery');
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
