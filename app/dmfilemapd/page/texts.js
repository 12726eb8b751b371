// Displays the results of GET /v1/counters, /v1/heat and /v1/events. Names are untrusted and are inserted as text only.
'use strict';

const pollMilliseconds = 2000;
const heatMilliseconds = 5000;
const answerMilliseconds = 90000;
// Number of rates kept for the selected file, and for each file of the list.
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

// Escapes unprintable bytes like the daemon's messages.
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

// Escapes a path that is not UTF-8.
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

// Returns the key of a file in requests and in the address of this page.
const keyOf = told => encoded(told.path_encoded ? bytesOf(told.path_encoded) : new TextEncoder().encode(told.path));
const nameOf = told => told.path_encoded ? displayedBytes(bytesOf(told.path_encoded)) : displayed(told.path);

function pathParts(name) {
  const at = name.lastIndexOf('/') + 1;
  return [element('span', {class: 'directory'}, name.slice(0, at)), name.slice(at)];
}

