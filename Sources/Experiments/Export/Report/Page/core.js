// Everything shown comes from `data` and reaches the page as text alone, whatever it contains.
const start = performance.now();
const errors = [];
function fail(message) {
  errors.push(String(message));
  document.documentElement.dataset.errors = String(errors.length);
  const place = byID('failure');
  place.hidden = false;
  place.textContent = 'A part of this report could not be drawn: ' + errors[0];
}
window.addEventListener('error', (event) => fail(event.message));

const byID = (id) => document.getElementById(id);
const data = JSON.parse(byID('data').textContent);

/** An element with properties, and children that are elements or texts. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null) continue;
    if (name === 'class') element.className = value;
    else if (name === 'text') element.textContent = value;
    else if (name in element && !name.includes('-')) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element of a drawing. */
function draw(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const unknown = (value) => value === null || value === undefined;

/** A number with as many digits as help. */
function format(value, digits = 3) {
  if (unknown(value)) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace('-', '−');
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2).replace('-', '−');
  const places = size >= 100 ? 1 : size >= 10 ? 2 : digits;
  return value.toFixed(places).replace('-', '−');
}
const signed = (value) => (unknown(value) ? '–' : (value > 0 ? '+' : '') + format(value));
const interval = (low, high) => (unknown(low) || unknown(high) ? 'none' : `[${format(low)}, ${format(high)}]`);
const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const percent = Math.round(data.confidence * 100) + '%';

/** Puts options into a select. */
function options(select, entries) {
  select.replaceChildren(...entries.map(([value, text]) => make('option', { value, text })));
}

/** Calls once things have been quiet, so that typing stays quick. */
function later(action, wait = 120) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
}

function table(heads, rows) {
  return make('table', null,
    make('thead', null, make('tr', null, ...heads.map((head) => make('th', { scope: 'col', text: head })))),
    make('tbody', null, ...rows.map((cells) => make('tr', null, ...cells))));
}

/** Light, dark, or as the system has it. */
function themes() {
  const button = byID('theme');
  const names = ['auto', 'light', 'dark'];
  let number = 0;
  // A page from a file may have no storage, and does without.
  try { number = Math.max(0, names.indexOf(localStorage.getItem('mtl-theme'))); } catch { number = 0; }
  function show() {
    const name = names[number];
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.lastElementChild.textContent = name;
    button.setAttribute('aria-label', 'Colours: ' + (name === 'auto' ? 'as the system has them' : name));
  }
  button.addEventListener('click', () => {
    number = (number + 1) % names.length;
    try { localStorage.setItem('mtl-theme', names[number]); } catch { /* as above */ }
    show();
  });
  // `report.html#dark` is dark, for slides.
  if (location.hash === '#dark' || location.hash === '#light') number = names.indexOf(location.hash.slice(1));
  show();
}
