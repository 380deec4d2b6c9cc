// The library's reports, which are JSON, with the names and types that JavaScript has for them.
'use strict';

const TIMES = new Set(['time', 'finished', 'instant', 'proven']);
const MAPS = new Set(['tags', 'notes', 'attributes', 'counts']); // their keys are the host's or the driver's

function camel(key) {
  return key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function converted(value, key) {
  if (TIMES.has(key)) return value ? new Date(value) : null;
  if (Array.isArray(value)) return value.map((each) => converted(each));
  if (value === null || typeof value !== 'object' || MAPS.has(key)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [camel(name), converted(member, name)]));
}

function report(json) {
  return converted(JSON.parse(json));
}

module.exports = { report };
