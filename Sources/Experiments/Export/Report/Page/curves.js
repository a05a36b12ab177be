// Okabe and Ito's colours, which people see differently whatever their eyes; dashes tell them apart in print.
const curveColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c6bb1', '#999933'];
const curveDashes = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4', '1 2', '6 2 1 2'];
const curve = { chosen: [] };

function smoothed(values) {
  if (!byID('smooth').checked) return values;
  let mean = values[0];
  return values.map((value, index) => (mean = index === 0 ? value : 0.8 * mean + 0.2 * value));
}

/** Round steps between two numbers. */
function ticks(low, high, count) {
  const raw = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
  const result = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) result.push(Number(value.toPrecision(12)));
  return result;
}

function drawCurves() {
  const runs = data.runs.filter((run) => run.x.length > 1);
  const [width, height, left, right, top, bottom] = [900, 430, 56, 12, 12, 44];
  const lines = runs.map((run) => ({ run, y: smoothed(run.y) }));
  let [low, high, most] = [Infinity, -Infinity, 1];
  for (const { run, y } of lines) {
    for (const value of y) {
      if (unknown(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    most = Math.max(most, run.x[run.x.length - 1]);
  }
  const x = (step) => left + ((width - left - right) * step) / most;
  const y = (loss) => height - bottom - ((height - top - bottom) * (loss - low)) / (high - low || 1);
  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Training loss of ${plural(runs.length, 'run')} against optimizer steps; the runs table has the numbers` });
  const label = (text, attributes) => {
    const element = draw('text', { class: 'tick', ...attributes });
    element.textContent = text;
    picture.append(element);
  };
  for (const value of ticks(low, high, 6)) {
    picture.append(draw('line', { class: 'axis', x1: left, x2: width - right, y1: y(value), y2: y(value) }));
    label(format(value, 2), { x: left - 8, y: y(value) + 4, 'text-anchor': 'end' });
  }
  for (const value of ticks(0, most, 8)) label(String(value), { x: x(value), y: height - bottom + 18, 'text-anchor': 'middle' });
  label('optimizer step', { x: (left + width) / 2, y: height - 6, 'text-anchor': 'middle' });
  label('training loss (nats an answer token)', { x: 14, y: (height - bottom) / 2, 'text-anchor': 'middle', transform: `rotate(-90 14 ${(height - bottom) / 2})` });
  const path = ({ run, y: values }) => values.map((value, index) => (unknown(value) ? '' : `${index === 0 || unknown(values[index - 1]) ? 'M' : 'L'}${x(run.x[index]).toFixed(1)} ${y(value).toFixed(1)}`)).join('');
  for (const line of lines) if (!curve.chosen.includes(line.run)) picture.append(draw('path', { class: 'faint', d: path(line) }));
  for (const line of lines) {
    const number = curve.chosen.indexOf(line.run);
    if (number < 0) continue;
    const element = draw('path', { class: 'strong', d: path(line), stroke: curveColours[number % 8], 'stroke-dasharray': curveDashes[number % 8] });
    const name = draw('title');
    name.textContent = line.run.title;
    element.append(name);
    picture.append(element);
  }
  byID('plot').replaceChildren(picture);
}

function drawCurveList() {
  const wanted = byID('curve-filter').value.trim().toLowerCase();
  const all = data.runs.filter((run) => run.x.length > 1 && run.title.toLowerCase().includes(wanted));
  const shown = all.slice(0, 100);
  byID('curve-list').replaceChildren(make('legend', { text: `${plural(all.length, 'run')}, ${curve.chosen.length} highlighted` }),
    ...shown.map((run) => {
      const number = curve.chosen.indexOf(run);
      const box = make('input', { type: 'checkbox', checked: number >= 0 });
      box.addEventListener('change', () => {
        if (box.checked) curve.chosen.push(run);
        else curve.chosen.splice(curve.chosen.indexOf(run), 1);
        const place = [...byID('curve-list').querySelectorAll('input')].indexOf(box);
        drawCurveList();
        drawCurves();
        byID('curve-list').querySelectorAll('input')[place]?.focus();
      });
      const key = number < 0 ? null : draw('svg', { width: 26, height: 8, 'aria-hidden': 'true' },
        draw('line', { x1: 0, x2: 26, y1: 4, y2: 4, 'stroke-width': 2.5, stroke: curveColours[number % 8], 'stroke-dasharray': curveDashes[number % 8] }));
      return make('label', null, box, key, make('span', { text: run.title + (run.state === 'finished' ? '' : ' (unfinished)') }));
    }), ...(all.length > shown.length ? [make('p', { class: 'muted', text: `${all.length - shown.length} more: search for them` })] : []));
}

function curves() {
  const runs = data.runs.filter((run) => run.x.length > 1);
  if (runs.length === 0) {
    byID('plot').replaceChildren(make('p', { class: 'muted', text: 'No run has been trained yet.' }));
    byID('curve-list').hidden = true;
    return;
  }
  curve.chosen = runs.slice(0, 4);
  // Few steps are few points: nothing to smooth.
  byID('smooth').checked = Math.max(...runs.map((run) => run.x.length)) > 50;
  byID('smooth').addEventListener('change', drawCurves);
  byID('curve-filter').addEventListener('input', later(drawCurveList));
  byID('curve-none').addEventListener('click', () => {
    curve.chosen = [];
    drawCurveList();
    drawCurves();
  });
  drawCurveList();
  drawCurves();
}
