// Runs before anything else, on whatever node is installed (14 and later): says what to do where it is too old. Old syntax only.
'use strict';

var LEAST = [22, 18];

var version = process.versions.node;
var parts = version.split('.').map(Number);
var enough = parts[0] > LEAST[0] || (parts[0] === LEAST[0] && parts[1] >= LEAST[1]);

if (!enough) {
  console.error(
    'Tillgraph needs Node.js ' + LEAST.join('.') + ' or later and this is ' + version + ': run `npm ci --include=optional`' +
      ' (on Linux it brings a fitting node, used by npm scripts and npx), or install a newer one from https://nodejs.org.'
  );
  process.exit(1);
}
