// ---- Events

const events = [];
let eventsLost = '';
let eventsAreAwaited = false;
// Controller that ends the event stream. Stays set while the page waits to reconnect.
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

// Draws once for all events that arrive together.
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
  // The page itself has ended this stream.
  if (stream !== own) return;
  eventsLost = lost;
  drawEvents();
  setTimeout(() => stream === own && listen(), 5 * pollMilliseconds);
}

// Keeps a connection only while the page is visible, because a browser limits the connections to one host.
function listenWhileShown() {
  if (!document.hidden) return stream ? null : listen();
  const own = stream;
  stream = null;
  own?.abort();
}

// ---- Requests

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

// A hidden page sends no requests.
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

// Moves the focus between the names of the files.
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
