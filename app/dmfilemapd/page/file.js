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

// Returns the counters of each cell: totals, or counts since the page was opened, as selected.
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

// Draws neighbouring cells of one kind as one rectangle.
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

// Draws each cell of the file at the device offset of its first byte. Cells with the highest counts are drawn last.
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

// Compares regions and cells: counts of cells are comparable while both are the same.
function isSamePicture(a, b) {
  return a && a.regions_hash === b.regions_hash &&
    ['along_file', 'along_device'].every(bar => ['begin', 'end', 'cell_bytes'].every(name => a[bar][name] === b[bar][name]));
}

// Reads until another file, or the same one again, is opened.
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

