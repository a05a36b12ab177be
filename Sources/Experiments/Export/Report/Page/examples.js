const browser = { page: 0, size: 20, found: [] };
const textOf = (number) => (unknown(number) ? null : data.examples.texts[number]);
const runTitle = (column) => data.runs[column.run].title;

function examplesTask() { return data.examples.tasks[byID('task').value]; }
function chosenColumn(id) { return examplesTask().columns[byID(id).value]; }

/** Scores of a column by the metric that is chosen. */
function scoresOf(column) {
  const metric = byID('metric').value;
  return metric === 'loss' ? column.losses : column.scores[Number(metric)];
}
function isHigherBetter() {
  const metric = byID('metric').value;
  return metric !== 'loss' && examplesTask().metrics[Number(metric)].higher;
}

function fillTask() {
  const task = examplesTask();
  const entries = task.columns.map((column, number) => [number, runTitle(column)]);
  options(byID('run-a'), entries);
  options(byID('run-b'), entries);
  const base = task.columns.findIndex((column) => data.runs[column.run].subset === 'base');
  byID('run-a').value = String(Math.max(0, base));
  // The run that was trained on most, which is listed last.
  byID('run-b').value = String(entries.length - 1);
  options(byID('metric'), [...task.metrics.map((metric, number) => [number, metric.name]), ['loss', 'loss']]);
  findExamples();
}

function findExamples() {
  const task = examplesTask();
  const [a, b] = [chosenColumn('run-a'), chosenColumn('run-b')];
  const wanted = byID('search').value.trim().toLowerCase();
  const matches = (text) => text !== null && text.toLowerCase().includes(wanted);
  const found = task.ids.map((_, index) => index).filter((index) => wanted === '' || matches(task.ids[index])
    || matches(textOf(task.prompts[index])) || matches(textOf(task.references[index]))
    || matches(textOf(a.answers[index])) || matches(textOf(b.answers[index])));
  const sign = isHigherBetter() ? 1 : -1;
  const [x, y] = [scoresOf(a), scoresOf(b)];
  const rank = {
    gain: (i) => sign * (y[i] - x[i]), harm: (i) => sign * (x[i] - y[i]), best: (i) => sign * y[i], worst: (i) => -sign * y[i],
  }[byID('order').value];
  const isKnown = (i) => !unknown(x[i]) && !unknown(y[i]);
  if (rank) found.sort((i, j) => (isKnown(j) ? 1 : 0) - (isKnown(i) ? 1 : 0) || rank(j) - rank(i) || i - j);
  browser.found = found;
  browser.page = 0;
  drawExamples();
}

function drawExamples() {
  const { found, page, size } = browser;
  const pages = Math.max(1, Math.ceil(found.length / size));
  const part = found.slice(page * size, (page + 1) * size);
  const [a, b] = [scoresOf(chosenColumn('run-a')), scoresOf(chosenColumn('run-b'))];
  const known = found.filter((i) => !unknown(a[i]) && !unknown(b[i]));
  const sign = isHigherBetter() ? 1 : -1;
  const better = known.filter((i) => sign * (b[i] - a[i]) > 0).length;
  const worse = known.filter((i) => sign * (b[i] - a[i]) < 0).length;
  byID('found').textContent = `${plural(found.length, 'example')}: B is better on ${better}, worse on ${worse}, equal on ${known.length - better - worse}.`;
  byID('list').replaceChildren(...part.map(drawExample));
  byID('page').textContent = `Page ${page + 1} of ${pages}`;
  byID('previous').disabled = page === 0;
  byID('next').disabled = page >= pages - 1;
}

function textBlock(label, number, missing) {
  const text = textOf(number);
  return make('div', null, label ? make('p', { class: 'label', text: label }) : null,
    make('div', { class: 'text' + (text === null || text === '' ? ' none' : ''), text: text === null ? missing : text === '' ? 'empty' : text }));
}

function answerBlock(label, column, index, verdict) {
  const score = scoresOf(column)[index];
  return make('div', { class: 'answer' },
    make('div', null, `${label} · ${runTitle(column)} `, make('span', { class: 'chip ' + verdict, text: format(score) })),
    textBlock('', column.answers[index], 'no answer was generated: only likelihoods'));
}

function drawExample(index) {
  const task = examplesTask();
  const [a, b] = [chosenColumn('run-a'), chosenColumn('run-b')];
  const [x, y] = [scoresOf(a)[index], scoresOf(b)[index]];
  const gain = unknown(x) || unknown(y) ? 0 : (isHigherBetter() ? 1 : -1) * (y - x);
  const more = make('details', null, make('summary', { text: `All ${task.columns.length} runs` }));
  more.addEventListener('toggle', () => {
    if (more.open && more.childElementCount === 1) more.append(allAnswers(task, index));
  });
  return make('article', { class: 'example' },
    make('header', null, make('code', { text: task.ids[index] }),
      make('span', { class: 'chip ' + (gain > 0 ? 'helps' : gain < 0 ? 'harms' : ''), text: `B − A: ${unknown(x) || unknown(y) ? '–' : signed(y - x)}` })),
    unknown(task.prompts[index]) ? null : textBlock('Prompt', task.prompts[index], ''),
    textBlock('Reference', task.references[index], 'not known here'),
    make('div', { class: 'pair' }, answerBlock('A', a, index, gain < 0 ? 'helps' : ''), answerBlock('B', b, index, gain > 0 ? 'helps' : '')),
    more);
}

function allAnswers(task, index) {
  const rows = task.columns.map((column) => {
    const text = textOf(column.answers[index]);
    return [make('td', { text: runTitle(column) }), make('td', { class: 'mono', text: format(scoresOf(column)[index]) }),
      make('td', { text: text === null ? '–' : text })];
  });
  return make('div', { class: 'scroll tall' }, table(['run', byID('metric').selectedOptions[0].textContent, 'answer'], rows));
}

function examples() {
  if (data.examples.notes.length) {
    byID('notes').append(make('div', { class: 'warning' }, make('ul', null, ...data.examples.notes.map((text) => make('li', { text })))));
  }
  if (data.examples.tasks.length === 0) {
    byID('found').textContent = 'No run is finished yet: there are no answers.';
    byID('previous').disabled = byID('next').disabled = true;
    return;
  }
  options(byID('task'), data.examples.tasks.map((task, number) => [number, task.name]));
  byID('task').addEventListener('change', fillTask);
  for (const id of ['run-a', 'run-b', 'metric', 'order']) byID(id).addEventListener('change', findExamples);
  byID('search').addEventListener('input', later(findExamples));
  const turn = (by) => () => {
    browser.page += by;
    drawExamples();
    byID('examples-title').scrollIntoView();
  };
  byID('previous').addEventListener('click', turn(-1));
  byID('next').addEventListener('click', turn(1));
  fillTask();
}
