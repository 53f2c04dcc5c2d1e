"use strict";
/* Shapes as cfc_gis.maps.shapes writes them: base 32, lowest digit first, each point told from the one before. */

const CFC_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CFC_DIGITS = new Uint8Array(128);
for (let i = 0; i < 64; i += 1) CFC_DIGITS[CFC_LETTERS.charCodeAt(i)] = i;

/* One ring or line to [latitude, longitude] points. */
function cfcRing(word) {
  const points = [];
  let at = 0, x = 0, y = 0;
  const next = () => {
    let value = 0, scale = 1, digit;
    do {
      digit = CFC_DIGITS[word.charCodeAt(at)];
      value += (digit & 31) * scale;
      scale *= 32;
      at += 1;
    } while (digit > 31);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  while (at < word.length) {
    x += next();
    y += next();
    points.push([y / 1e5, x / 1e5]);
  }
  return points;
}

const cfcAreas = (shape) => shape.map((rings) => rings.map(cfcRing));
const cfcLines = (shape) => shape.map((rings) => cfcRing(rings[0]));
