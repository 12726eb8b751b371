// Draws what GET /v1/counters, /v1/heat and /v1/events tell. Names are foreign text: they reach the page as text alone.
'use strict';

const pollMilliseconds = 2000;
const heatMilliseconds = 5000;
const answerMilliseconds = 90000;
// So many rates are kept of the file that is shown by itself, and of each in the list.
const chartRates = 150;
const sparkRates = 40;
const mostRows = 200;
const mostEvents = 500;
const shades = 7;

const byId = id => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const drawn = (name, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

// ---- Texts

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

function bytesText(amount) {
  let unit = 0;
  for (; amount >= 1024 && unit + 1 < units.length; ++unit) amount /= 1024;
  return (unit === 0 ? Math.round(amount) : amount.toFixed(1)) + ' ' + units[unit];
}
const known = value => value !== null && value !== undefined;
const rateText = rate => known(rate) ? bytesText(rate) + '/s' : '-';
const numberText = value => !known(value) ? '-' : value > 0 && value < 10 ? value.toFixed(1) : countText(Math.round(value));
const countText = value => value.toLocaleString('en');
const shareText = share => known(share) ? (share >= 0.0005 && share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)) + ' %' : '-';

function secondsText(seconds) {
  if (!known(seconds)) return '-';
  if (seconds === 0) return '0 s';
  if (seconds < 1e-6) return +(seconds * 1e9).toPrecision(3) + ' ns';
  if (seconds < 1e-3) return +(seconds * 1e6).toPrecision(3) + ' µs';
  if (seconds < 1) return +(seconds * 1e3).toPrecision(3) + ' ms';
  return +seconds.toPrecision(3) + ' s';
}

const timeText = date => date.toTimeString().slice(0, 8);
const hex = byte => '\\x' + byte.toString(16).padStart(2, '0');

// As messages have it: what is not just printed is written so that its bytes can be told.
function displayed(text) {
  return text.replace(/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, one => {
    if (one === '\\') return '\\\\';
    if (one === '\n') return '\\n';
    if (one === '\t') return '\\t';
    return Array.from(new TextEncoder().encode(one), hex).join('');
  });
}

function bytesOf(encoded) {
  const bytes = [];
  for (let at = 0; at < encoded.length; ++at) {
    const digits = /^%([0-9a-f]{2})/i.exec(encoded.slice(at, at + 3));
    bytes.push(digits ? parseInt(digits[1], 16) : encoded.charCodeAt(at));
    if (digits) at += 2;
  }
  return bytes;
}

const encoded = bytes => Array.from(bytes, byte => {
  const one = String.fromCharCode(byte);
  return /[\w.~/-]/.test(one) ? one : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
}).join('');

// Of a path that is no UTF-8.
function displayedBytes(bytes) {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
  let text = '';
  for (let at = 0; at < bytes.length;) {
    let length = 1, part = null;
    for (; length <= 4 && at + length <= bytes.length && part === null; ++length) {
      try {
        part = decoder.decode(Uint8Array.from(bytes.slice(at, at + length)));
      } catch {
        continue;
      }
    }
    text += part === null ? hex(bytes[at]) : displayed(part);
    at += part === null ? 1 : length - 1;
  }
  return text;
}

// What stands for a file in a request and in the address of this page.
const keyOf = told => encoded(told.path_encoded ? bytesOf(told.path_encoded) : new TextEncoder().encode(told.path));
const nameOf = told => told.path_encoded ? displayedBytes(bytesOf(told.path_encoded)) : displayed(told.path);

function pathParts(name) {
  const at = name.lastIndexOf('/') + 1;
  return [element('span', {class: 'directory'}, name.slice(0, at)), name.slice(at)];
}

// ---- Readings

const files = new Map();
let service = {time: 0};
const isRead = () => service.time !== 0;
const opened = {key: null, firstHeat: null, heat: null, map: null, timer: null, visit: 0};

function sumOf(a, b, names) {
  return names.reduce((sum, name) => sum + (b[name] - a[name]), 0);
}

// Nothing if the counting began anew meanwhile.
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
  // The service gives the same reading to all who ask within a second.
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

// Always as wide, so that the same place is the same age.
function sparkline(history, kind, places) {
  const most = Math.max(1, ...history.map(one => Math.max(one.read, one.written)));
  const line = name => drawn('polyline', {class: name, points: points(history, name, most, places)});
  return drawn('svg', {class: kind, viewBox: '0 0 100 30', preserveAspectRatio: 'none', role: 'img',
                       'aria-label': 'read and written, at most ' + rateText(most)}, line('read'), line('written'));
}

// Whoever has the focus keeps it.
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

// ---- One file

function row(label, ...values) {
  return element('tr', {}, element('th', {scope: 'row'}, label), ...values.map(value => element('td', {}, value)));
}

function figuresOf(file) {
  const total = file.counters, rates = file.rates ?? {}, told = file.told;
  const exact = amount => countText(amount) + ' bytes';
  const list = element('dl', {class: 'sums'},
    term('Read', rateText(rates.read), ''), term('Written', rateText(rates.written), ''),
    term('I/Os', known(rates.ios) ? numberText(rates.ios) + '/s' : '-', ''),
    term('Mean latency', secondsText(rates.latency), ''), term('Busy', shareText(rates.busy), ''),
    term('In flight', total ? countText(total.in_flight) : '-', ''));
  const [read, written, ios, latency, busy] = list.querySelectorAll('small');
  if (total) {
    read.textContent = exact(total.read_bytes) + ' in all';
    written.textContent = exact(total.written_bytes) + ' in all';
    if (told.inferred_written_bytes) written.textContent += ', and ' + exact(told.inferred_written_bytes) + ' inferred of growth';
    ios.textContent = countText(total.reads) + ' reads, ' + countText(total.writes) + ' writes in all';
    latency.textContent = secondsText(meanLatency(total)) + ' of all';
    busy.textContent = secondsText(total.io_seconds) + ' in all';
  }
  const place = 'Device ' + told.device + (known(told.group) ? ', group ' + told.group : ', no group') +
    ': ' + told.regions + ' regions, ' + told.extents + ' extents' +
    (told.bridged_bytes ? ', ' + bytesText(told.bridged_bytes) + ' bridged that are not the file\'s' : '');
  return [list, element('p', {class: 'note'}, total ? place : place + '. The counters could not be read.')];
}

const keyItem = (kind, text) => element('li', {}, element('i', {class: kind}), text);

function drawChart(file) {
  const most = Math.max(0, ...file.history.map(one => Math.max(one.read, one.written)));
  byId('chart').replaceChildren(
    sparkline(file.history, 'chart', chartRates),
    element('ul', {class: 'keys'}, keyItem('read', 'read'), keyItem('written', 'written'),
            element('li', {}, 'top: ' + rateText(most))));
}

function drawLatency(file) {
  const bins = file.counters?.latency ?? [];
  if (bins.length === 0) {
    byId('latency').replaceChildren(element('p', {class: 'note'},
      'There is no histogram: the configuration sets no bounds for this file.'));
    return;
  }
  const first = file.firstLatency ?? [];
  const most = Math.max(1, ...bins.map(bin => bin.ios));
  const rows = bins.map((bin, at) => {
    const label = bin.below_seconds ? 'below ' + secondsText(bin.below_seconds) : secondsText(bins[at - 1]?.below_seconds) + ' or more';
    const bar = element('span');
    bar.style.width = bin.ios / most * 100 + '%';
    if (bin.ios === 0) bar.hidden = true;
    const here = first[at] ? Math.max(0, bin.ios - first[at].ios) : 0;
    return row(label, bar, countText(bin.ios), countText(here));
  });
  byId('latency').replaceChildren(element('table', {class: 'latency'},
    element('thead', {}, element('tr', {}, ...['I/Os that took', '', 'in all', 'seen here'].map(text => element('th', {scope: 'col'}, text)))),
    element('tbody', {}, ...rows)));
}

// ---- Heat

const shadeOf = (value, most) => value > 0 ? 'h' + Math.max(1, Math.ceil(shades * Math.sqrt(value / most))) : 'h0';

// What each cell has counted, in all or since the first look, as chosen.
function heatOf(bar, firstBar) {
  const kind = byId('shade').value;
  const names = kind === 'both' ? ['read', 'written'] : [kind];
  const base = byId('since').value === 'here' ? firstBar : null;
  return bar.mapped.map((_, at) =>
    names.reduce((sum, name) => sum + Math.max(0, bar[name][at] - (base ? base[name][at] : 0)), 0));
}

const beginOf = (bar, at) => bar.begin + at * bar.cell_bytes;
const endOf = (bar, at) => Math.min(bar.end, bar.begin + (at + 1) * bar.cell_bytes);

function kindOf(bar, at, heat, most, other) {
  if (heat > 0 || bar.mapped[at] > 0) return shadeOf(heat, most);
  if (bar.missing[at] > 0 || (other === 'not_mapped' && bar.not_mapped[at] > 0)) return 'lost';
  return other === 'bridged' && bar.bridged[at] > 0 ? 'gap' : '';
}

// Neighbours of one kind are drawn at once.
function barRects(bar, kinds, vertical) {
  const rects = [], all = kinds.length;
  for (let from = 0; from < all;) {
    let to = from + 1;
    while (to < all && kinds[to] === kinds[from]) ++to;
    const place = vertical ? {x: 0, y: all - to, width: 1, height: to - from} : {x: from, y: 0, width: to - from, height: 1};
    if (kinds[from]) rects.push(drawn('rect', {class: kinds[from], ...place}));
    from = to;
  }
  return rects;
}

// Each cell of the file where its first byte lies; those that count most are drawn last.
function plotRects(file, device, heat, most) {
  const span = device.end - device.begin || 1, all = heat.length, rects = [];
  heat.forEach((value, at) => {
    if (file.sector[at] === null) return;
    const bytes = Math.max(file.mapped[at] + file.missing[at], span / 100);
    const top = Math.max(0, span - (file.sector[at] * 512 - device.begin) - bytes);
    const width = Math.max(1, all / 200);
    rects.push({value, node: drawn('rect', {class: shadeOf(value, most), x: Math.min(at, all - width), y: top / span * 100,
                                            width, height: bytes / span * 100})});
  });
  return rects.sort((a, b) => a.value - b.value).map(one => one.node);
}

function describeCell(bar, at, heat) {
  const place = bar.sector[at] === null ? 'nothing on the device' : 'sector ' + bar.sector[at];
  return 'Bytes ' + bytesText(beginOf(bar, at)) + ' to ' + bytesText(endOf(bar, at)) + ' of the file, ' + place + ': ' + bytesText(heat[at]);
}

function letPoint(svg, bar, heat, readout) {
  const cursor = drawn('line', {class: 'cursor', y1: 0, y2: 100, x1: -1, x2: -1});
  let at = -1;
  const go = to => {
    at = Math.max(0, Math.min(heat.length - 1, to));
    cursor.setAttribute('x1', at + 0.5);
    cursor.setAttribute('x2', at + 0.5);
    opened.place = at;
    readout.textContent = describeCell(bar, at, heat);
  };
  svg.append(cursor);
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    go(Math.floor((event.clientX - box.left) / box.width * heat.length));
  });
  svg.addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -32, PageDown: 32, Home: -heat.length, End: heat.length}[event.key];
    if (!step) return;
    event.preventDefault();
    go(at + step);
  });
  if (known(opened.place) && opened.place < heat.length) go(opened.place);
}

const ends = (...texts) => element('div', {class: 'ends'}, ...texts.map(text => element('span', {}, text)));

function drawHeat() {
  const map = opened.heat;
  if (!map) return;
  const {along_file: file, along_device: device} = map;
  const base = opened.firstHeat;
  const fileHeat = heatOf(file, base?.along_file), deviceHeat = heatOf(device, base?.along_device);
  const most = Math.max(1, ...fileHeat), mostOfDevice = Math.max(1, ...deviceHeat);
  if (fileHeat.length === 0) {
    byId('heat').replaceChildren(element('p', {class: 'note'}, 'The file is empty.'));
    return;
  }
  const fileKinds = fileHeat.map((heat, at) => kindOf(file, at, heat, most, 'not_mapped'));
  const deviceKinds = deviceHeat.map((heat, at) => kindOf(device, at, heat, mostOfDevice, 'bridged'));
  const svg = (kind, width, height, label, children, more = {}) => drawn('svg', {class: kind, viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none', role: 'img', 'aria-label': label, ...more}, ...children);
  const readout = element('p', {id: 'readout', 'aria-live': 'polite'}, 'Point into the picture, or go through it by the arrow keys. What a region has counted is spread evenly over it.');
  const plot = svg('plot', fileHeat.length, 100, 'The file from left to right, the device from bottom to top',
                   plotRects(file, device, fileHeat, most), {tabindex: 0});
  const hadFocus = document.activeElement?.classList.contains('plot');
  letPoint(plot, file, fileHeat, readout);
  byId('heat').replaceChildren(
    ends('sector ' + Math.ceil(device.end / 512), 'device'),
    element('div', {class: 'heat'}, plot,
      svg('device-bar', 1, Math.max(1, deviceKinds.length), 'Along the device', barRects(device, deviceKinds, true)),
      svg('file-bar', fileKinds.length, 1, 'Along the file', barRects(file, fileKinds, false))),
    ends('file: byte 0, sector ' + Math.floor(device.begin / 512), bytesText(file.end)),
    readout, heatKeys(most, file.cell_bytes), extentsOf(map));
  if (hadFocus) plot.focus({preventScroll: true});
}

function heatKeys(most, cell) {
  const ramp = Array.from({length: shades}, (_, at) => element('i', {class: 'h' + (at + 1)}));
  return element('ul', {class: 'keys'},
    element('li', {class: 'ramp'}, ...ramp, ' up to ' + bytesText(most) + ' in ' + bytesText(cell)),
    keyItem('h0', 'nothing counted'), keyItem('gap', 'not the file\'s, but in a region'), keyItem('lost', 'in no region'));
}

function extentsOf(map) {
  const open = byId('heat').querySelector('details')?.open;
  const rows = map.stretches.map(one => row(bytesText(one.begin),
    bytesText(one.bytes), known(one.sector) ? one.sector + ' to ' + one.end_sector : '-', one.extents, one.regions, one.flags.join(', ')));
  const heads = ['in the file at', 'size', 'sectors', 'extents', 'regions', 'flags'];
  const details = element('details', {}, element('summary', {}, map.extents + ' extents'),
    element('div', {}, element('table', {},
      element('thead', {}, element('tr', {}, ...heads.map(head => element('th', {scope: 'col'}, head)))),
      element('tbody', {}, ...rows))));
  details.open = Boolean(open);
  return details;
}

// Counts of cells are comparable while regions and cells are the same.
function isSamePicture(a, b) {
  return a && a.regions_hash === b.regions_hash &&
    ['along_file', 'along_device'].every(bar => ['begin', 'end', 'cell_bytes'].every(name => a[bar][name] === b[bar][name]));
}

// A visit ends when another file, or the same one again, is opened.
async function readHeat(visit) {
  try {
    if (!paused && !document.hidden) {
      const map = await getJson('v1/heat?path=' + opened.key);
      if (opened.visit !== visit) return;
      if (!isSamePicture(opened.firstHeat, map)) opened.firstHeat = map;
      opened.heat = map;
      drawHeat();
    }
  } catch (wrong) {
    if (opened.visit !== visit) return;
    byId('heat').replaceChildren(element('p', {class: 'bad'}, wrong.message));
  }
  opened.timer = setTimeout(readHeat, heatMilliseconds, visit);
}

function drawFile() {
  const file = files.get(opened.key);
  byId('missing').hidden = Boolean(file) || !isRead();
  if (!file) {
    for (const id of ['figures', 'chart', 'latency']) byId(id).replaceChildren();
    byId('name').replaceChildren(displayedBytes(bytesOf(opened.key)));
    byId('missing').textContent = 'This file is not followed.';
    return;
  }
  byId('name').replaceChildren(...pathParts(file.name));
  byId('figures').replaceChildren(...figuresOf(file));
  drawChart(file);
  drawLatency(file);
}

function route() {
  const key = encoded(bytesOf(location.hash.slice(1)));
  clearTimeout(opened.timer);
  Object.assign(opened, {key: key || null, firstHeat: null, heat: null, place: null, visit: opened.visit + 1});
  byId('list').hidden = Boolean(key);
  byId('file').hidden = !key;
  for (const id of ['figures', 'chart', 'heat', 'latency']) byId(id).replaceChildren();
  document.title = key ? displayedBytes(bytesOf(key)) + ' - dmfilemapd' : 'dmfilemapd';
  draw();
  drawEvents();
  if (key) readHeat(opened.visit);
  scrollTo(0, 0);
}

// ---- Events

const events = [];
let eventsLost = '';
let eventsAreAwaited = false;
// Ends the stream of events that is open, or is opened again soon.
let stream = null;

function textOfEvent(one) {
  switch (one.event) {
    case 'state': return one.state + (one.reason ? ': ' + one.reason : '');
    case 'removed': return 'no longer listed';
    case 'group': return known(one.group) ? 'has group ' + one.group : 'has no group';
    case 'synced': return 'in sync: ' + one.regions + ' regions, ' + one.extents + ' extents';
    case 'error': return 'error: ' + one.error;
    case 'reload': return one.error ? 'configuration refused: ' + one.error : 'configuration read again';
    default: return one.event;
  }
}

function eventItem(one, named) {
  const at = new Date(one.time);
  const item = element('li', {}, element('time', {datetime: one.time}, timeText(at)));
  if (named && one.path) item.append(element('a', {class: 'path', href: '#' + one.key}, nameOf(one)));
  item.append(element('span', {}, textOfEvent(one)));
  return item;
}

function drawEvents() {
  const own = opened.key ? events.filter(one => one.key === opened.key) : events.slice(0, 30);
  byId(opened.key ? 'file-events' : 'events').replaceChildren(...own.map(one => eventItem(one, !opened.key)));
  if (own.length === 0) tellOfEvents('None while this page was shown.');
  else tellOfEvents('');
}

// Once for all that arrive together.
function drawEventsSoon() {
  if (eventsAreAwaited) return;
  eventsAreAwaited = true;
  requestAnimationFrame(() => {
    eventsAreAwaited = false;
    drawEvents();
  });
}

function tellOfEvents(text) {
  for (const place of document.querySelectorAll('.events-state')) place.textContent = eventsLost || text;
}

function noteEvent(line) {
  const one = JSON.parse(line);
  if (one.event === 'listening') {
    eventsLost = '';
  } else {
    one.key = one.path ? keyOf(one) : null;
    events.unshift(one);
    events.length = Math.min(events.length, mostEvents);
  }
  drawEventsSoon();
}

async function listen() {
  const own = stream = new AbortController();
  let lost = 'The service tells no events any more; trying again.';
  try {
    const answer = await fetch('v1/events', {signal: own.signal});
    if (!answer.ok) throw new Error(await reasonOf(answer));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (text + part.value).split('\n');
      text = lines.pop();
      lines.filter(line => line).forEach(noteEvent);
    }
  } catch (wrong) {
    lost = 'No events: ' + wrong.message;
  }
  // Given up on purpose.
  if (stream !== own) return;
  eventsLost = lost;
  drawEvents();
  setTimeout(() => stream === own && listen(), 5 * pollMilliseconds);
}

// A browser opens few connections to one host, for all of its pages.
function listenWhileShown() {
  if (!document.hidden) return stream ? null : listen();
  const own = stream;
  stream = null;
  own?.abort();
}

// ---- Asking

let paused = false;
let failedSince = null;

async function reasonOf(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return answer.status + ' ' + answer.statusText;
  }
}

async function getJson(target) {
  const answer = await fetch(target, {signal: AbortSignal.timeout(answerMilliseconds)});
  if (!answer.ok) throw new Error(await reasonOf(answer));
  return answer.json();
}

function draw() {
  if (opened.key) drawFile();
  else drawList();
}

function tell(text, isBad) {
  byId('state').textContent = text;
  byId('state').classList.toggle('bad', isBad);
}

// Nobody looks at a page that is hidden, so nothing is read for it.
async function poll() {
  const begun = performance.now();
  if (!paused && !document.hidden) {
    try {
      noteAll(await getJson('v1/counters'));
      failedSince = null;
      tell('Read at ' + timeText(new Date(service.time * 1000)), false);
      draw();
    } catch (wrong) {
      failedSince ??= new Date();
      tell('No figures since ' + timeText(failedSince) + ': ' + wrong.message, true);
    }
  }
  const took = performance.now() - begun;
  setTimeout(poll, Math.max(pollMilliseconds, 4 * took));
}

function pause() {
  paused = !paused;
  byId('pause').setAttribute('aria-pressed', paused);
  byId('pause').textContent = paused ? 'Go on' : 'Pause';
  if (paused) tell('Paused', false);
}

// Among the names of the files.
function step(down) {
  const links = Array.from(byId('files').querySelectorAll('a'));
  const at = links.indexOf(document.activeElement);
  const to = at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + (down ? 1 : -1)));
  links[to]?.focus();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = ['INPUT', 'SELECT'].includes(event.target.tagName);
  if (event.key === 'Escape') {
    if (opened.key) location.hash = '';
    else if (typing) event.target.blur();
  } else if (typing) {
    return;
  } else if (event.key === '/' && !opened.key) {
    event.preventDefault();
    byId('filter').focus();
  } else if (event.key === 'p') {
    pause();
  } else if (!opened.key && ['ArrowDown', 'ArrowUp', 'j', 'k'].includes(event.key)) {
    event.preventDefault();
    step(['ArrowDown', 'j'].includes(event.key));
  }
}

makeHeads();
byId('filter').addEventListener('input', drawList);
byId('pause').addEventListener('click', pause);
for (const id of ['shade', 'since']) byId(id).addEventListener('change', drawHeat);
addEventListener('keydown', onKey);
addEventListener('hashchange', route);
document.addEventListener('visibilitychange', listenWhileShown);
route();
poll();
listenWhileShown();
