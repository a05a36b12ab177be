/** `[key, [[value, runs], ...], how many more]` as a table. */
function valuesTable(entries, head) {
  return table([head, 'value', 'runs'], entries.map(([key, values, more]) => {
    const texts = values.map(([value]) => value).concat(more ? [`and ${more} more`] : []);
    const counts = values.map(([, count]) => String(count));
    return [make('td', { text: key }), make('td', { class: 'mono' }, ...texts.map((text) => make('div', { text }))),
      make('td', null, ...counts.map((text) => make('div', { text })))];
  }));
}

function settings() {
  byID('settings-table').append(valuesTable(data.settings, 'setting'));
  byID('specification').textContent = data.specification;
}

function provenance() {
  const facts = make('dl', { class: 'facts' });
  const add = (name, text) => facts.append(make('dt', { text: name }), make('dd', { text }));
  add('completeness', data.completeness);
  if (data.base) add('base', data.base);
  if (data.point) add('point of the grid', data.point);
  add('estimand', data.estimand);
  add('subsets are of', data.units === 'task' ? 'tasks' : 'categories');
  add('intervals', `${percent}, bootstrap over seeds and examples, ${data.draws} draws`);
  add('specification SHA-256', data.sha256);
  byID('facts').append(facts);
  byID('runs-table').append(table(['run', 'state', 'steps', 'training tokens', 'training seconds', 'last loss', 'program', 'run id'],
    data.runs.map((run) => [
      make('td', { text: run.title }), make('td', { class: 'state-' + run.state, text: run.state }),
      make('td', { text: run.steps ? String(run.steps) : '–' }), make('td', { text: run.steps ? String(run.tokens) : '–' }),
      make('td', { text: run.steps ? format(run.seconds) : '–' }), make('td', { text: run.y.length ? format(run.y[run.y.length - 1]) : '–' }),
      make('td', { text: run.program || '–' }), make('td', { class: 'digest', text: run.id }),
    ])));
  byID('environment').append(valuesTable(data.environment, 'what'));
  byID('digests').append(valuesTable(data.digests, 'of'));
}
