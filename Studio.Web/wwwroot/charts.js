// Line charts on canvas. Points arrive as Float64 quadruples (step, value, tokens, seconds); what is drawn is thinned to the width of the canvas.
const groups = new Map();
const charts = new Set();
const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const recolour = () => { for (const chart of charts) chart.recolour(); };
addEventListener('studio:theme', recolour);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);

export function create(canvas, tip, options) { return new Chart(canvas, tip, options); }

/** Exponential mean without the bias towards the first value. */
export function smooth(values, weight) {
  if (!(weight > 0)) return values;
  const out = new Float64Array(values.length);
  let mean = 0;
  let share = 1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) {
      mean = mean * weight + values[i] * (1 - weight);
      share *= weight;
    }
    out[i] = share < 1 ? mean / (1 - share) : values[i];
  }
  return out;
}

/** Largest-triangle-three-buckets (Steinarsson 2013): indices of at most `limit` points that keep the shape. */
export function thin(x, y, limit) {
  const n = x.length;
  if (n <= limit || limit < 3) return Array.from({ length: n }, (_, i) => i);
  const kept = [0];
  const bucket = (n - 2) / (limit - 2);
  let last = 0;
  for (let b = 0; b < limit - 2; b++) {
    const from = Math.floor(b * bucket) + 1;
    const to = Math.floor((b + 1) * bucket) + 1;
    const end = Math.min(Math.floor((b + 2) * bucket) + 1, n);
    let mx = 0;
    let my = 0;
    for (let i = to; i < end; i++) { mx += x[i]; my += y[i]; }
    const count = Math.max(1, end - to);
    mx /= count; my /= count;
    let area = -1;
    let best = from;
    for (let i = from; i < to; i++) {
      const a = Math.abs((x[last] - mx) * (y[i] - y[last]) - (x[last] - x[i]) * (my - y[last]));
      if (a > area) { area = a; best = i; }
    }
    kept.push(best);
    last = best;
  }
  kept.push(n - 1);
  return kept;
}

export function show(value, unit) {
  if (unit === 'bytes') return Math.abs(value) >= 1e9 ? trim(value / 1e9, 2) + ' GB' : trim(value / 1e6, 0) + ' MB';
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size === 0) return '0';
  if (size >= 1e9) return trim(value / 1e9, 2) + ' B';
  if (size >= 1e6) return trim(value / 1e6, 2) + ' M';
  if (size >= 1e4) return number.format(value);
  if (size < 1e-3) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return size >= 100 ? trim(value, 0) : size >= 10 ? trim(value, 2) : trim(value, 3);
}

const trim = (value, digits) => { const text = value.toFixed(digits); return text.includes('.') ? text.replace(/\.?0+$/, '') : text; };

export function clock(seconds) {
  const s = Math.round(seconds);
  const two = v => String(v).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** Round steps between two ends. */
export function ticks(low, high, wanted) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(m => m * power).reduce((a, b) => (Math.abs(Math.log(b / raw)) < Math.abs(Math.log(a / raw)) ? b : a));
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(Math.abs(i * step) < step * 1e-9 ? 0 : i * step);
  return out;
}

class Chart {
  constructor(canvas, tip, options) {
    this.canvas = canvas;
    this.tip = tip;
    this.options = options;
    this.series = [];
    this.at = null;
    this.context = canvas.getContext('2d');
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas.parentElement);
    this.move = e => this.point(e);
    this.leave = () => { this.here = false; this.share(null); };
    this.key = e => this.step(e);
    canvas.addEventListener('pointermove', this.move);
    canvas.addEventListener('pointerdown', this.move);
    canvas.addEventListener('pointerleave', this.leave);
    canvas.addEventListener('blur', this.leave);
    canvas.addEventListener('keydown', this.key);
    if (options.group) {
      if (!groups.has(options.group)) groups.set(options.group, new Set());
      groups.get(options.group).add(this);
    }
    charts.add(this);
    this.readColours();
    this.resize();
  }

  dispose() {
    this.gone = true;
    this.observer.disconnect();
    groups.get(this.options.group)?.delete(this);
    charts.delete(this);
    for (const [name, handler] of [['pointermove', this.move], ['pointerdown', this.move], ['pointerleave', this.leave], ['blur', this.leave], ['keydown', this.key]]) this.canvas.removeEventListener(name, handler);
  }

  set(series) {
    this.series = series.map(s => ({ ...s, ...split(s.data) }));
    this.dirty();
  }

  append(index, data) {
    const s = this.series[index];
    const more = split(data);
    for (const field of ['steps', 'values', 'tokens', 'seconds']) s[field] = join(s[field], more[field]);
    this.dirty();
  }

  change(options) {
    Object.assign(this.options, options);
    this.dirty();
  }

  recolour() { this.readColours(); this.draw(); }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const read = name => style.getPropertyValue(`--${name}`).trim();
    this.colours = { text: read('text'), text2: read('text2'), border: read('border'), surface: read('surface'), series: [1, 2, 3, 4, 5, 6].map(i => read(`series-${i}`)) };
    this.font = `11px ${read('sans')}`;
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    this.width = Math.max(60, box.width);
    this.height = Math.max(24, box.height);
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.dirty();
  }

  dirty() { this.stale = true; this.draw(); }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; if (!this.gone) this.paint(); });
  }

  xOf(s) { return this.options.x === 'tokens' ? s.tokens : this.options.x === 'time' ? s.seconds : s.steps; }

  // Thinned and smoothed curves and the ranges of both axes; kept until data or options change.
  prepare() {
    this.stale = false;
    const limit = Math.max(60, Math.round(this.width));
    const { log, smoothing, compact } = this.options;
    let xHigh = 0;
    let xLow = Infinity;
    let low = Infinity;
    let high = -Infinity;
    for (const s of this.series) {
      const x = this.xOf(s);
      const y = log ? s.values.map(v => (v > 0 ? Math.log10(v) : NaN)) : s.values;
      s.x = x;
      s.smoothed = s.points || !s.smooth ? s.values : smooth(s.values, smoothing);
      const z = s.smoothed === s.values ? y : log ? s.smoothed.map(v => (v > 0 ? Math.log10(v) : NaN)) : s.smoothed;
      s.rawPath = s.points ? path(x, y, Infinity) : z === y ? null : path(x, y, limit);
      s.mainPath = s.points ? null : path(x, z, limit);
      if (x.length) { xHigh = Math.max(xHigh, x[x.length - 1]); xLow = Math.min(xLow, x[0]); }
      const finite = Array.from((s.rawPath ?? s.mainPath).y).filter(Number.isFinite).sort((a, b) => a - b);
      if (!finite.length) continue;
      // A few spikes must not flatten the rest; they leave at the upper edge.
      const cut = finite.length > 50 && !s.points ? finite[Math.floor(finite.length * 0.995)] : finite[finite.length - 1];
      low = Math.min(low, finite[0]);
      high = Math.max(high, cut);
    }
    if (!Number.isFinite(low)) { low = 0; high = 1; }
    if (high - low < 1e-12) { const pad = Math.abs(high) * 0.1 || 0.5; low -= compact ? pad * 4 : pad; high += pad; }
    const pad = (high - low) * 0.06;
    this.yLow = low - pad;
    this.yHigh = high + pad;
    if (!log && low >= 0 && this.yLow < 0) this.yLow = 0;
    if (this.options.x === 'step' && this.options.total > xHigh) xHigh = this.options.total;
    this.xLow = this.options.x === 'step' && xLow < xHigh * 0.2 ? 0 : Number.isFinite(xLow) ? xLow : 0;
    this.xHigh = xHigh > this.xLow ? xHigh : this.xLow + 1;
  }

  paint() {
    if (this.stale) this.prepare();
    const c = this.context;
    const { compact, log } = this.options;
    c.clearRect(0, 0, this.width, this.height);
    c.font = this.font;
    const yTicks = compact ? [] : log ? logTicks(this.yLow, this.yHigh) : ticks(this.yLow, this.yHigh, Math.max(2, Math.floor(this.height / 48)));
    const labels = yTicks.map(t => show(log ? 10 ** t : t, this.series[0]?.unit));
    const left = compact ? 2 : Math.max(30, ...labels.map(l => c.measureText(l).width)) + 12;
    this.area = { left, right: this.width - (compact ? 2 : 14), top: compact ? 4 : 10, bottom: this.height - (compact ? 4 : 24) };
    const { right, top, bottom } = this.area;
    const px = v => left + ((v - this.xLow) / (this.xHigh - this.xLow)) * (right - left);
    const py = v => bottom - ((v - this.yLow) / (this.yHigh - this.yLow)) * (bottom - top);
    this.px = px;
    c.lineWidth = 1;
    c.textBaseline = 'middle';
    yTicks.forEach((t, i) => {
      const y = Math.round(py(t)) + 0.5;
      c.strokeStyle = this.colours.border;
      c.beginPath(); c.moveTo(left, y); c.lineTo(right, y); c.stroke();
      c.fillStyle = this.colours.text2;
      c.textAlign = 'right';
      c.fillText(labels[i], left - 8, y);
    });
    if (!compact) {
      c.textAlign = 'center';
      c.fillStyle = this.colours.text2;
      let free = -Infinity;
      for (const t of ticks(this.xLow, this.xHigh, Math.max(2, Math.floor((right - left) / 110)))) {
        const text = this.options.x === 'time' ? clock(t) : show(t);
        const half = c.measureText(text).width / 2;
        const x = Math.min(px(t), this.width - half - 2);
        if (x - half < free) continue;
        c.fillText(text, x, bottom + 14);
        free = x + half + 12;
      }
    }
    c.save();
    c.beginPath(); c.rect(left - 6, top - 6, right - left + 13, bottom - top + 12); c.clip();
    for (const s of this.series) {
      const colour = this.colours.series[(s.colour - 1) % 6];
      if (s.rawPath && !s.points) line(c, s.rawPath, px, py, colour, 1, 0.3);
      if (s.mainPath) line(c, s.mainPath, px, py, colour, compact ? 1.8 : 2.2, 1);
    }
    for (const s of this.series) if (s.points) this.dots(c, s, px, py);
    c.restore();
    this.cross(c, px, py);
  }

  dots(c, s, px, py) {
    const colour = this.colours.series[(s.colour - 1) % 6];
    let best = -1;
    if (s.best) s.values.forEach((v, i) => { if (Number.isFinite(v) && (best < 0 || (s.best === 'highest' ? v > s.values[best] : v < s.values[best]))) best = i; });
    const many = s.values.length > 60;
    s.values.forEach((v, i) => {
      const y = py(s.rawPath.y[i]);
      if (!Number.isFinite(y) || (many && i !== best && i % Math.ceil(s.values.length / 60))) return;
      c.beginPath();
      c.arc(px(s.x[i]), y, i === best ? 5 : 4, 0, 7);
      c.fillStyle = i === best ? colour : this.colours.surface;
      c.strokeStyle = colour;
      c.lineWidth = 2;
      c.fill(); c.stroke();
    });
    if (best >= 0 && this.options.texts?.best) {
      const text = this.options.texts.best.replace('{0}', show(s.values[best]));
      const x = px(s.x[best]);
      c.font = `600 ${this.font}`;
      c.fillStyle = colour;
      c.textAlign = x > this.area.right - 90 ? 'right' : 'left';
      c.fillText(text, x + (c.textAlign === 'right' ? -9 : 9), Math.max(this.area.top + 4, py(s.rawPath.y[best]) - 11));
      c.font = this.font;
    }
  }

  cross(c, px, py) {
    if (this.at === null) { if (this.tip) this.tip.hidden = true; return; }
    let anchor = null;
    const lines = [];
    for (const s of this.series) {
      const i = nearest(s.steps, this.at);
      if (i < 0) continue;
      if (s.points && Math.abs(s.steps[i] - this.at) > Math.max(1, (this.xHigh - this.xLow) * 0.02) && this.options.x === 'step') continue;
      anchor = s.points && anchor ? anchor : { x: px(s.x[i]), step: s.steps[i], tokens: s.tokens[i], seconds: s.seconds[i] };
      const raw = s.rawPath && !s.points && s.smoothed !== s.values;
      lines.push({ colour: s.colour, name: s.name, value: show(s.smoothed[i], s.unit), raw: raw ? this.options.texts.raw.replace('{0}', show(s.values[i], s.unit)) : '' });
      const v = this.options.log ? Math.log10(s.smoothed[i]) : s.smoothed[i];
      if (!s.points && Number.isFinite(v)) {
        c.beginPath(); c.arc(px(s.x[i]), py(v), 3.5, 0, 7);
        c.fillStyle = this.colours.series[(s.colour - 1) % 6]; c.fill();
      }
    }
    if (!anchor) { if (this.tip) this.tip.hidden = true; return; }
    c.strokeStyle = this.colours.text2;
    c.lineWidth = 1;
    c.setLineDash([3, 3]);
    c.beginPath(); c.moveTo(Math.round(anchor.x) + 0.5, this.area.top); c.lineTo(Math.round(anchor.x) + 0.5, this.area.bottom); c.stroke();
    c.setLineDash([]);
    if (this.tip && (this.here || !this.options.compact)) this.tell(anchor, lines);
    else if (this.tip) this.tip.hidden = true;
  }

  tell(anchor, lines) {
    const t = this.options.texts;
    const head = [t.step.replace('{0}', number.format(anchor.step))];
    if (anchor.tokens > 0) head.push(t.tokens.replace('{0}', number.format(anchor.tokens)));
    if (anchor.seconds > 0) head.push(clock(anchor.seconds));
    const rows = [Object.assign(document.createElement('b'), { textContent: head.join(' · ') })];
    for (const l of lines) {
      const row = document.createElement('div');
      const dot = document.createElement('i');
      dot.className = `series-${l.colour}`;
      row.append(dot, `${l.name} ${l.value}${l.raw ? ` (${l.raw})` : ''}`);
      rows.push(row);
    }
    this.tip.replaceChildren(...rows);
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth;
    const x = anchor.x + 12 + wide > this.width ? anchor.x - wide - 12 : anchor.x + 12;
    this.tip.style.left = `${Math.max(0, x)}px`;
    this.tip.style.top = `${this.options.compact ? -6 - this.tip.offsetHeight : this.area.top + 14}px`;
  }

  point(e) {
    if (!this.area || !this.series.length) return;
    const x = e.clientX - this.canvas.getBoundingClientRect().left;
    const value = this.xLow + ((x - this.area.left) / (this.area.right - this.area.left)) * (this.xHigh - this.xLow);
    const s = this.series.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
    const i = nearest(s.x, value);
    this.here = true;
    this.share(i < 0 ? null : s.steps[i]);
  }

  step(e) {
    if (!['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Escape'].includes(e.key) || !this.series.length) return;
    const s = this.series.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
    if (!s.steps.length) return;
    e.preventDefault();
    this.here = true;
    const now = this.at === null ? s.steps.length - 1 : nearest(s.steps, this.at);
    const jump = e.shiftKey ? Math.max(1, Math.round(s.steps.length / 20)) : 1;
    const next = { ArrowLeft: now - jump, ArrowRight: now + jump, Home: 0, End: s.steps.length - 1 }[e.key];
    this.share(e.key === 'Escape' ? null : s.steps[Math.max(0, Math.min(s.steps.length - 1, next))]);
  }

  share(at) {
    for (const chart of groups.get(this.options.group) ?? [this]) {
      if (chart.at !== at) { chart.at = at; chart.draw(); }
    }
  }
}

function split(bytes) {
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const n = all.length / 4;
  const column = k => { const out = new Float64Array(n); for (let i = 0; i < n; i++) out[i] = all[i * 4 + k]; return out; };
  return { steps: column(0), values: column(1), tokens: column(2), seconds: column(3) };
}

function join(a, b) {
  const out = new Float64Array(a.length + b.length);
  out.set(a); out.set(b, a.length);
  return out;
}

function path(x, y, limit) {
  const keep = thin(x, y, limit);
  return { x: Float64Array.from(keep, i => x[i]), y: Float64Array.from(keep, i => y[i]) };
}

function line(c, p, px, py, colour, width, alpha) {
  c.globalAlpha = alpha;
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineJoin = 'round';
  c.beginPath();
  let down = false;
  for (let i = 0; i < p.x.length; i++) {
    if (!Number.isFinite(p.y[i])) { down = false; continue; }
    const X = px(p.x[i]);
    const Y = py(p.y[i]);
    if (down) c.lineTo(X, Y); else c.moveTo(X, Y);
    down = true;
  }
  c.stroke();
  c.globalAlpha = 1;
}

function nearest(sorted, value) {
  if (!sorted.length) return -1;
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low > 0 && value - sorted[low - 1] < sorted[low] - value ? low - 1 : low;
}

function logTicks(low, high) {
  const span = high - low;
  const out = [];
  const parts = span > 4 ? [1] : span > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  for (let power = Math.floor(low) - 1; power <= Math.ceil(high); power++) for (const m of parts) {
    const t = power + Math.log10(m);
    if (t >= low && t <= high) out.push(t);
  }
  return out.length > 1 ? out : ticks(low, high, 4);
}
