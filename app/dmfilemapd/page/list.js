// ---- Rates

const files = new Map();
let service = {time: 0};
const isRead = () => service.time !== 0;
const opened = {key: null, firstHeat: null, heat: null, timer: null, visit: 0};

function sumOf(a, b, names) {
  return names.reduce((sum, name) => sum + (b[name] - a[name]), 0);
}

// Returns nothing if the counters were restarted between the readings.
function ratesBetween(a, b) {
  const seconds = b.time - a.time;
  const counted = ['reads', 'read_bytes', 'writes', 'written_bytes', 'io_seconds'];
  const inferred = Math.max(0, b.inferred - a.inferred);
  if (!(seconds > 0) || counted.some(name => b[name] < a[name])) return null;
  const ios = sumOf(a, b, ['reads', 'writes']);
  return {
    time: b.time,
    read: sumOf(a, b, ['read_bytes']) / seconds,
    written: (sumOf(a, b, ['written_bytes']) + inferred) / seconds,
    ios: ios / seconds,
    latency: ios > 0 ? Math.max(0, sumOf(a, b, ['read_seconds', 'write_seconds'])) / ios : null,
    busy: sumOf(a, b, ['io_seconds']) / seconds,
  };
}

function meanLatency(counters) {
  const ios = counters.reads + counters.writes;
  return ios > 0 ? (counters.read_seconds + counters.write_seconds) / ios : null;
}

function note(told) {
  const key = keyOf(told);
  let file = files.get(key);
  if (!file) {
    file = {key, name: nameOf(told), last: null, firstLatency: null, history: [], counters: null, rates: null};
    files.set(key, file);
  }
  file.told = told;
  if (!told.counters) {
    file.counters = null;
    file.rates = null;
    return file;
  }
  const now = {...told.counters, inferred: told.inferred_written_bytes};
  const last = file.last;
  file.counters = now;
  // The service caches a reading for one second, so the same reading may arrive twice.
  if (last && last.time === now.time) return file;
  file.rates = last ? ratesBetween(last, now) : null;
  file.last = now;
  if (file.rates) {
    file.history.push(file.rates);
    file.history.splice(0, file.history.length - (key === opened.key ? chartRates : sparkRates));
  } else {
    file.history.length = 0;
    file.firstLatency = now.latency;
  }
  return file;
}

function noteAll(answer) {
  service = answer;
  const there = new Set(answer.files.map(told => note(told).key));
  for (const key of files.keys()) if (!there.has(key)) files.delete(key);
}

// ---- The list

const columns = [
  {label: 'File', sorts: [['path', 'File']]},
  {label: 'Read', sorts: [['read', 'Read/s'], ['read-total', 'read in all']]},
  {label: 'Written', sorts: [['written', 'Written/s'], ['written-total', 'written in all']]},
  {label: 'I/Os', sorts: [['ios', 'I/Os/s'], ['ios-total', 'I/Os in all']]},
  {label: 'Mean latency', sorts: [['latency', 'Latency'], ['latency-total', 'of all']]},
  {label: 'Busy', sorts: [['busy', 'Busy']]},
  {label: 'Bytes/s', sorts: [['bytes', 'Bytes/s']]},
];
const order = {by: 'bytes', ascending: false};

const rateOf = name => file => file.rates ? file.rates[name] : null;
const totalOf = name => file => file.counters ? file.counters[name] : null;
const keys = {
  'read': rateOf('read'),
  'written': rateOf('written'),
  'ios': rateOf('ios'),
  'latency': rateOf('latency'),
  'busy': rateOf('busy'),
  'bytes': file => file.rates ? file.rates.read + file.rates.written : null,
  'read-total': totalOf('read_bytes'),
  'written-total': file => file.counters ? file.counters.written_bytes + file.counters.inferred : null,
  'ios-total': file => file.counters ? file.counters.reads + file.counters.writes : null,
  'latency-total': file => file.counters ? meanLatency(file.counters) : null,
};
const totalBytes = file => file.counters ? keys['read-total'](file) + keys['written-total'](file) : -1;
const byName = (a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

function compare(a, b) {
  const direction = order.ascending ? 1 : -1;
  if (order.by === 'path') return direction * byName(a, b);
  const first = keys[order.by](a) ?? -1, second = keys[order.by](b) ?? -1;
  return direction * (first - second) || totalBytes(b) - totalBytes(a) || byName(a, b);
}

function sortBy(name) {
  order.ascending = order.by === name ? !order.ascending : name === 'path';
  order.by = name;
  markOrder();
  drawList();
}

function markOrder() {
  for (const button of document.querySelectorAll('th button')) {
    button.classList.toggle('sorted', button.dataset.sort === order.by);
  }
  for (const head of byId('heads').children) {
    const sorted = head.querySelector('.sorted');
    if (sorted) head.setAttribute('aria-sort', order.ascending ? 'ascending' : 'descending');
    else head.removeAttribute('aria-sort');
  }
  byId('sorter').value = order.by;
}

function makeHeads() {
  for (const column of columns) {
    const head = element('th', {scope: 'col'});
    column.sorts.forEach(([name, label], at) => {
      const button = element('button', {type: 'button', 'data-sort': name, class: at ? 'second' : 'first'}, label);
      button.addEventListener('click', () => sortBy(name));
      head.append(button);
      byId('sorter').append(element('option', {value: name}, label));
    });
    byId('heads').append(head);
  }
  byId('sorter').addEventListener('change', event => sortBy(event.target.value));
  markOrder();
}

function makeRow(file) {
  const link = element('a', {class: 'path', href: '#' + file.key}, ...pathParts(file.name));
  const row = element('tr', {'data-file': file.key}, element('td', {}, link));
  for (const column of columns.slice(1)) row.append(element('td', {'data-label': column.label}));
  return row;
}

function put(cell, now, total, exact) {
  cell.replaceChildren(now, element('small', {}, total));
  cell.title = exact;
}

function inferredText(file) {
  return file.told.inferred_written_bytes > 0 ? ' + ' + bytesText(file.told.inferred_written_bytes) + ' inferred' : '';
}

function fillRow(row, file) {
  const [, read, written, ios, latency, busy, spark] = row.children;
  const total = file.counters, rates = file.rates ?? {};
  if (!total) {
    for (const cell of [read, written, ios, latency, busy]) put(cell, '-', '', 'could not be read');
    spark.replaceChildren();
    return;
  }
  put(read, rateText(rates.read), bytesText(total.read_bytes), total.read_bytes + ' bytes');
  put(written, rateText(rates.written), bytesText(total.written_bytes) + inferredText(file),
      total.written_bytes + ' bytes counted, ' + file.told.inferred_written_bytes + ' inferred of growth');
  put(ios, numberText(rates.ios), countText(total.reads + total.writes), total.reads + ' reads, ' + total.writes + ' writes');
  put(latency, secondsText(rates.latency), secondsText(meanLatency(total)), 'below: of all since the counting began');
  const level = element('span');
  level.style.width = Math.min(100, (rates.busy ?? 0) * 100) + '%';
  busy.replaceChildren(shareText(rates.busy), element('span', {class: 'busy'}, level));
  busy.title = 'time with I/O in flight, added up over the regions';
  spark.replaceChildren(sparkline(file.history.slice(-sparkRates), 'spark', sparkRates));
}

function points(history, name, most, places) {
  return history.map((one, at) => {
    const x = (places - history.length + at) / (places - 1) * 100;
    return x.toFixed(1) + ',' + (29 - 28 * one[name] / most).toFixed(1);
  }).join(' ');
}

// Uses a fixed width, so that the same position always means the same age.
function sparkline(history, kind, places) {
  const most = Math.max(1, ...history.map(one => Math.max(one.read, one.written)));
  const line = name => drawn('polyline', {class: name, points: points(history, name, most, places)});
  return drawn('svg', {class: kind, viewBox: '0 0 100 30', preserveAspectRatio: 'none', role: 'img',
                       'aria-label': 'read and written, at most ' + rateText(most)}, line('read'), line('written'));
}

// Reuses existing rows, which keeps the focused element.
function showRows(body, wanted) {
  const focused = document.activeElement;
  const rows = new Map(Array.from(body.children, row => [row.dataset.file, row]));
  let place = body.firstChild;
  for (const file of wanted) {
    const row = rows.get(file.key) ?? makeRow(file);
    rows.delete(file.key);
    fillRow(row, file);
    if (row === place) place = place.nextSibling;
    else body.insertBefore(row, place);
  }
  for (const row of rows.values()) row.remove();
  if (focused !== document.activeElement && focused.isConnected) focused.focus({preventScroll: true});
}

function shownText(shown) {
  if (files.size === 0) return isRead() ? 'No file is followed.' : '';
  return shown === files.size ? '' : shown + ' of ' + files.size + ' files';
}

function drawList() {
  const part = byId('filter').value.toLowerCase();
  const matching = Array.from(files.values()).filter(file => file.name.toLowerCase().includes(part)).sort(compare);
  showRows(byId('files'), matching.slice(0, mostRows));
  byId('shown').textContent = shownText(Math.min(matching.length, mostRows));
  drawSums(matching);
}

const term = (label, value, more) => element('div', {}, element('dt', {}, label), element('dd', {}, value, element('small', {}, more)));

function drawSums(among) {
  const sum = value => among.reduce((all, file) => all + (value(file) ?? 0), 0);
  const total = name => sum(totalOf(name)), rate = name => sum(rateOf(name));
  const unread = among.filter(file => !file.counters).length;
  const inferred = sum(file => file.told.inferred_written_bytes);
  byId('sums').replaceChildren(
    term('Files', countText(among.length), unread ? unread + ' could not be read' : ''),
    term('Read', rateText(rate('read')), bytesText(total('read_bytes')) + ' in all'),
    term('Written', rateText(rate('written')),
         bytesText(total('written_bytes')) + (inferred ? ' + ' + bytesText(inferred) + ' inferred' : '') + ' in all'),
    term('I/Os', numberText(rate('ios')) + '/s', countText(total('reads') + total('writes')) + ' in all'));
}

