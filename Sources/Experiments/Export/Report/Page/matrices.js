// Gains are [gain, lower, upper, seeds, scope, p, q]; transfer cells [score, lower, upper, seeds, scope, gain x 3].
const transferViews = [
  { key: 'base', title: 'Transfer: gain over the base', place: 5, baseline: 'the base' },
  { key: 'single', title: 'Transfer: gain over training on the target alone', place: 6, baseline: 'training on the target alone' },
  { key: 'all', title: 'Transfer: gain over training on all', place: 7, baseline: 'training on all' },
  { key: 'score', title: 'Scores', place: -1, baseline: null },
];
const affinityTitles = { 'zero-shot': 'Zero-shot affinity', pairwise: 'Pairwise affinity', 'leave-one-out': 'Leave-one-out' };
const affinityBaselines = {
  'zero-shot': 'the base', pairwise: 'training on the column alone', 'leave-one-out': 'training on all but the row',
};

/** The matrix a view names: {title, rows, columns, cells: [{value, gain, score} | null], baseline, isScore}. */
function matrixView(quantity, key) {
  const view = transferViews.find((entry) => entry.key === key);
  if (view) {
    const { rows, columns, cells } = quantity.transfer;
    return {
      title: view.key === 'score' ? 'the score itself, in its own direction' : `gain of the column over ${view.baseline}; the row is what was trained on`,
      rows, columns, baseline: view.baseline, isScore: view.place < 0, isTransfer: true,
      cells: cells.map((row) => row.map((cell) => {
        if (!cell) return null;
        const gain = view.place < 0 ? null : cell[view.place];
        if (view.place >= 0 && !gain) return null;
        return { value: gain ? gain[0] : cell[0], gain, score: cell };
      })),
    };
  }
  const found = quantity.affinity.find((entry) => entry.kind === key);
  return {
    title: found.title, rows: found.rows, columns: found.columns, baseline: affinityBaselines[key], isScore: false,
    cells: found.cells.map((row) => row.map((gain) => (gain ? { value: gain[0], gain, score: null } : null))),
  };
}

const matrix = { sort: null, descending: true, view: null, order: [], row: 0, column: 0 };

function isSure(gain) { return gain && !unknown(gain[1]) && !unknown(gain[2]) && (gain[1] > 0 || gain[2] < 0); }

/** Rows that the filter leaves, in the order asked for; what is unknown comes last. */
function matrixOrder(view) {
  const wanted = byID('rows').value.trim().toLowerCase();
  const order = view.rows.map((_, row) => row).filter((row) => view.rows[row].toLowerCase().includes(wanted));
  if (matrix.sort === null) return order;
  const sign = matrix.descending ? -1 : 1;
  return order.sort((a, b) => {
    if (matrix.sort < 0) return sign * view.rows[a].localeCompare(view.rows[b], undefined, { numeric: true }) || a - b;
    const [x, y] = [view.cells[a][matrix.sort], view.cells[b][matrix.sort]];
    if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1) || a - b;
    return sign * (x.value - y.value) || a - b;
  });
}

/** Half of the largest gains decide how strong a colour is, so that one outlier does not fade the rest. */
function colourScale(view) {
  const sizes = view.cells.flat().filter(Boolean).map((cell) => Math.abs(cell.value)).sort((a, b) => a - b);
  return sizes.length ? sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * 0.95))] || 1 : 1;
}

function drawMatrix() {
  const quantity = data.quantities[byID('quantity').value];
  const key = byID('matrix').value;
  const view = matrixView(quantity, key);
  matrix.view = view;
  matrix.order = matrixOrder(view);
  const scale = colourScale(view);
  byID('matrix-title').textContent = `${quantity.title}: ${view.title}.`;
  const head = make('tr', { role: 'row' },
    headCell(view.isTransfer ? 'trained on' : 'training on', -1), ...view.columns.map((name, column) => headCell(name, column)));
  const body = make('tbody');
  for (const [place, row] of matrix.order.entries()) {
    const line = make('tr', null, make('th', { scope: 'row', text: view.rows[row] }));
    const members = new Set(view.rows[row].split('+'));
    view.cells[row].forEach((cell, column) => line.append(bodyCell(view, cell, place, row, column, members, scale)));
    body.append(line);
  }
  byID('grid').replaceChildren(make('table', { class: 'matrix', role: 'grid', 'aria-label': byID('matrix-title').textContent },
    make('thead', null, head), body));
  if (matrix.order.length === 0) byID('grid').append(make('p', { class: 'muted', text: 'No row has this in its name.' }));
  matrix.row = Math.min(matrix.row, matrix.order.length);
  matrix.column = Math.min(matrix.column, view.columns.length - 1);
  const first = gridCell(matrix.row, matrix.column);
  if (first) first.tabIndex = 0;
  byID('details').replaceChildren(make('p', { class: 'muted', text: 'Point at a cell, tap it, or move with the arrow keys: its interval and what it compares come here.' }));
}

function headCell(name, column) {
  const isSorted = matrix.sort === column && matrix.sort !== null;
  const arrow = isSorted ? (matrix.descending ? ' ↓' : ' ↑') : '';
  const button = make('button', { type: 'button', tabIndex: -1, text: name + arrow, title: 'Sort by ' + name });
  button.dataset.row = 0;
  button.dataset.column = column;
  return make('th', { scope: 'col', 'aria-sort': isSorted ? (matrix.descending ? 'descending' : 'ascending') : 'none' }, button);
}

function bodyCell(view, cell, place, row, column, members, scale) {
  const element = make('td', { tabIndex: -1 });
  element.dataset.row = place + 1;
  element.dataset.column = column;
  if (!cell) {
    const isSelf = !view.isTransfer && view.rows[row] === view.columns[column];
    const isBaseline = view.isTransfer && view.baseline && baselineRow(view, row);
    element.className = isSelf || isBaseline ? 'self' : 'gap';
    element.textContent = isSelf || isBaseline ? '·' : 'missing';
    return element;
  }
  element.textContent = view.isScore ? format(cell.value) : signed(cell.value);
  if (view.isTransfer && holds(members, view.columns[column])) element.classList.add('own');
  if (view.isScore) return element;
  element.classList.add(cell.value > 0 ? 'helps' : cell.value < 0 ? 'harms' : 'zero');
  element.style.setProperty('--strength', Math.min(1, Math.abs(cell.value) / scale).toFixed(3));
  if (isSure(cell.gain)) {
    element.classList.add('sure');
    element.textContent += ' ●';
  }
  return element;
}

const baselineRow = (view, row) => view.rows[row] === 'base' && view.baseline === 'the base';
const categories = new Map(data.tasks.map((task) => [task.name, task.category]));
const holds = (members, task) => members.has(data.units === 'task' ? task : categories.get(task));
const gridCell = (row, column) => byID('grid').querySelector(`[data-row="${row}"][data-column="${column}"]`);

function showDetails(row, column) {
  const view = matrix.view;
  const cell = view.cells[row][column];
  const quantity = data.quantities[byID('quantity').value];
  const list = make('dl');
  const add = (name, text) => list.append(make('dt', { text: name }), make('dd', { text }));
  if (!cell) {
    add('value', 'unknown: a run that it needs is missing, or it is not defined');
  } else if (view.isScore) {
    add('score', `${format(cell.score[0], 4)}, ${percent} interval ${interval(cell.score[1], cell.score[2])}`);
    add('seeds', cell.score[3] ? String(cell.score[3]) : 'none enters');
    add('interval covers', data.scopes[cell.score[4]]);
  } else {
    const gain = cell.gain;
    add('gain', `${signed(gain[0])}, ${percent} interval ${interval(gain[1], gain[2])}`);
    add('verdict', unknown(gain[1]) ? 'no interval can be given'
      : isSure(gain) ? `the interval excludes zero: it ${gain[0] > 0 ? 'helps' : 'harms'}` : 'the interval includes zero');
    add('baseline', view.baseline);
    if (cell.score) {
      const base = quantity.title === 'loss' ? cell.score[0] + gain[0] : cell.score[0] - gain[0];
      add('score', `${format(cell.score[0], 4)} ${interval(cell.score[1], cell.score[2])}; baseline ${format(base, 4)}`);
    }
    add('seeds', gain[3] ? String(gain[3]) : 'none enters');
    add('p', unknown(gain[5]) ? 'no test (it needs two seeds)'
      : `${format(gain[5])} (sign flips over seeds), ${format(gain[6])} adjusted over the matrix (Benjamini-Hochberg)`);
    add('interval covers', data.scopes[gain[4]]);
  }
  const task = data.tasks.find((entry) => entry.name === view.columns[column]);
  if (task && !unknown(task.examples)) add('examples', `${task.examples} (${task.category})`);
  const title = make('strong', { text: `${view.rows[row]} → ${view.columns[column]}` });
  byID('details').replaceChildren(title, list, cell && cell.gain && !unknown(cell.gain[1]) ? intervalGlyph(cell.gain) : '');
}

/** The interval on a line, with zero marked. */
function intervalGlyph(gain) {
  const span = Math.max(Math.abs(gain[0]), Math.abs(gain[1]), Math.abs(gain[2])) * 1.15 || 1;
  const x = (value) => 200 + (190 * value) / span;
  const colour = gain[0] >= 0 ? 'var(--helps)' : 'var(--harms)';
  const line = (x1, y1, x2, y2, stroke, width) => draw('line', { x1, y1, x2, y2, stroke, 'stroke-width': width });
  return make('div', { class: 'interval', 'aria-hidden': 'true' }, draw('svg', { viewBox: '0 0 400 26' },
    line(5, 13, 395, 13, 'var(--line)', 1), line(200, 2, 200, 24, 'var(--muted)', 1.5),
    line(x(gain[1]), 13, x(gain[2]), 13, colour, 4), draw('circle', { cx: x(gain[0]), cy: 13, r: 6, fill: colour })));
}

function chooseCell(element, focus) {
  const [row, column] = [Number(element.dataset.row), Number(element.dataset.column)];
  const grid = byID('grid');
  grid.querySelectorAll('[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
  grid.querySelectorAll('.chosen').forEach((other) => other.classList.remove('chosen'));
  element.tabIndex = 0;
  [matrix.row, matrix.column] = [row, column];
  if (focus) element.focus();
  if (row > 0) {
    element.classList.add('chosen');
    showDetails(matrix.order[row - 1], column);
  }
}

function sortBy(column) {
  if (matrix.sort === column) matrix.descending = !matrix.descending;
  else [matrix.sort, matrix.descending] = [column, column >= 0];
  drawMatrix();
  const head = gridCell(0, column);
  if (head) chooseCell(head, true);
}

function matrixKeys(event) {
  const cell = event.target.closest('[data-row]');
  if (!cell) return;
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };
  let [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
  const last = matrix.view.columns.length - 1;
  if (moves[event.key]) {
    row = Math.max(0, Math.min(matrix.order.length, row + moves[event.key][0]));
    column = Math.max(row === 0 ? -1 : 0, Math.min(last, column + moves[event.key][1]));
  } else if (event.key === 'Home') column = row === 0 ? -1 : 0;
  else if (event.key === 'End') column = last;
  else return;
  event.preventDefault();
  const target = gridCell(row, column);
  if (target) chooseCell(target, true);
}

function matrices() {
  if (data.quantities.length === 0) {
    byID('matrix-title').textContent = 'No run is finished yet: there is nothing to compare.';
    return;
  }
  options(byID('quantity'), data.quantities.map((quantity, number) => [number, quantity.title + (quantity.title === 'loss' ? ' (nats an answer token)' : '')]));
  const kinds = data.quantities[0].affinity.map((entry) => [entry.kind, affinityTitles[entry.kind] || entry.kind]);
  options(byID('matrix'), [...transferViews.map((view) => [view.key, view.title]), ...kinds]);
  byID('legend').append(
    make('span', null, make('span', { class: 'swatch helps' }), 'helps'), make('span', null, make('span', { class: 'swatch harms' }), 'harms'),
    make('span', { text: `● bold: the ${percent} interval excludes zero` }), make('span', { text: 'framed: the target was trained on' }),
    make('span', null, make('span', { class: 'swatch gap' }), 'missing run, or not defined'));
  const redraw = () => drawMatrix();
  byID('quantity').addEventListener('change', redraw);
  byID('matrix').addEventListener('change', () => {
    matrix.sort = null;
    drawMatrix();
  });
  byID('rows').addEventListener('input', later(redraw));
  const grid = byID('grid');
  grid.addEventListener('keydown', matrixKeys);
  grid.addEventListener('click', (event) => {
    const cell = event.target.closest('[data-row]');
    if (!cell) return;
    if (cell.dataset.row === '0') sortBy(Number(cell.dataset.column));
    else chooseCell(cell, true);
  });
  grid.addEventListener('mouseover', (event) => {
    const cell = event.target.closest('td[data-row]');
    if (cell) showDetails(matrix.order[Number(cell.dataset.row) - 1], Number(cell.dataset.column));
  });
  drawMatrix();
}
