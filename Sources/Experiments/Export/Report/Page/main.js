function overview() {
  document.title = data.name + ' – task affinity';
  byID('name').textContent = data.name;
  byID('summary').textContent = [data.point, data.base && 'base ' + data.base, data.estimand, data.completeness].filter(Boolean).join(' · ');
  if (!data.complete) {
    byID('overview').prepend(make('p', { class: 'warning', text: data.completeness + '. Cells that need a missing run are left open.' }));
  }
  const seeds = new Set(data.runs.map((run) => run.seed).filter((seed) => !unknown(seed)));
  const subsets = new Set(data.runs.map((run) => run.subset));
  const card = (value, text) => make('div', { class: 'card' }, make('b', { text: value }), make('span', { text }));
  byID('cards').append(
    card(`${data.runs.filter((run) => run.state === 'finished').length} / ${data.runs.length}`, 'runs finished'), card(String(subsets.size), 'subsets, the base included'),
    card(String(data.tasks.length), `tasks in ${plural(new Set(data.tasks.map((task) => task.category)).size, 'category').replace(/categorys$/, 'categories')}`),
    card(String(seeds.size), seeds.size === 1 ? 'seed' : 'seeds'),
    card(data.runs.reduce((sum, run) => sum + run.tokens, 0).toLocaleString('en'), 'training tokens'));
  standout();
}

/** The strongest effects whose interval excludes zero: which matrix is told by what the sweep has. */
function standout() {
  if (data.quantities.length === 0) return;
  const loss = data.quantities[0];
  const known = (entry) => entry.cells.flat().filter(Boolean).length;
  const entry = loss.affinity.find((one) => one.kind === 'pairwise' && known(one)) || loss.affinity.find(known);
  if (!entry) return;
  const cells = entry.cells.flatMap((row, i) => row.map((gain, j) => ({ gain, row: entry.rows[i], column: entry.columns[j] })))
    .filter((cell) => isSure(cell.gain));
  const list = (title, some) => make('div', null, make('h3', { text: title }), some.length === 0
    ? make('p', { class: 'muted', text: 'None whose interval excludes zero.' })
    : make('ul', null, ...some.slice(0, 5).map((cell) => make('li', null, `${cell.row} → ${cell.column}: `,
      make('b', { text: signed(cell.gain[0]) }), ` ${interval(cell.gain[1], cell.gain[2])}`))));
  const name = (affinityTitles[entry.kind] || entry.kind).toLowerCase();
  byID('standout').append(make('div', { class: 'standout' },
    list(`Helps most (${name}, loss)`, cells.filter((cell) => cell.gain[0] > 0).sort((a, b) => b.gain[0] - a.gain[0])),
    list(`Harms most (${name}, loss)`, cells.filter((cell) => cell.gain[0] < 0).sort((a, b) => a.gain[0] - b.gain[0]))));
}

function sections() {
  const links = [...document.querySelectorAll('nav a')];
  if (!('IntersectionObserver' in window)) return;
  const seen = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
    const current = links.find((link) => seen.get(link.hash.slice(1)));
    for (const link of links) link.setAttribute('aria-current', String(link === current));
  }, { rootMargin: '-20% 0px -60% 0px' });
  for (const link of links) observer.observe(byID(link.hash.slice(1)));
}

for (const part of [themes, overview, matrices, examples, curves, settings, provenance, sections]) {
  try { part(); } catch (error) { fail(error.message); }
}
// Once all is laid out and the page answers: milliseconds since it began to load, and of the script alone.
if (document.body.offsetHeight > 0) {
  document.documentElement.dataset.ready = performance.now().toFixed(0);
  document.documentElement.dataset.script = (performance.now() - start).toFixed(0);
}
