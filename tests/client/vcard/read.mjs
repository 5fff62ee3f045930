// Reads the cards that fetch.py fetched with ical.js. Prints `ok …` and `FAILED …`; it ends with 0 when it
// came to its end, however many checks failed.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const entry = createRequire(`${process.env.NODE_TOOLS}/`).resolve('ical.js');
const { default: ICAL } = await import(pathToFileURL(entry));
const folder = process.argv[2];

function check(sentence, test) {
  try {
    test();
    console.log(`ok ${sentence}`);
  } catch (error) {
    console.log(`FAILED ${sentence}`);
    console.log(String(error?.stack ?? error).split('\n').slice(0, 25).map((line) => `    | ${line}`).join('\n'));
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.vcf')).sort()) {
  const [, name, version] = file.match(/^(.*)\.as-(.*)\.vcf$/);
  if (name.endsWith('2.1')) continue;
  check(`ical.js reads ${name} as ${version}`, () => {
    // A byte order mark that a client stored is given back.
    const text = readFileSync(join(folder, file), 'utf8').replace(/^\uFEFF/, '');
    const [kind, properties] = ICAL.parse(text);
    assert.equal(kind, 'vcard');
    const card = new ICAL.Component([kind, properties, []]);
    assert.equal(card.getFirstPropertyValue('version'), version);
    const types = Object.fromEntries(properties.map(([property, , type]) => [property, type]));
    if (name.endsWith(version)) return;
    assert.ok(card.getFirstPropertyValue('fn'), 'a full name');
    if (version === '4.0') {
      assert.equal(properties[0][0], 'version', 'VERSION comes first');
      for (const property of card.getAllProperties('photo')) assert.match(property.getFirstValue(), /^(data|https?):/);
      for (const day of ['bday', 'anniversary'].filter((day) => types[day])) {
        assert.equal(types[day], 'date-and-or-time');
        assert.ok(card.getFirstPropertyValue(day).toICALString());
      }
      const forbidden = ['encoding', 'charset'];
      for (const [property, parameters] of properties) {
        for (const one of forbidden) assert.ok(!(one in parameters), `${property} has ${one}`);
      }
    } else {
      assert.ok(card.getFirstProperty('n'), 'a name by its parts');
      for (const property of card.getAllProperties('photo')) assert.equal(property.getParameter('encoding'), 'b');
      for (const [property, parameters] of properties) {
        for (const one of ['pref', 'altid', 'pid', 'mediatype']) assert.ok(!(one in parameters), `${property} has ${one}`);
      }
    }
  });
}
