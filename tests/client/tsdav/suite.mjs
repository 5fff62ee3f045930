// What tsdav does with a server, one sentence per check. Prints `ok …` and `FAILED …`; it ends with 0
// when it came to its end, however many checks failed.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { createDAVClient } = createRequire(`${process.env.NODE_TOOLS}/`)('tsdav');
const { BASE, CALENDARS, BOOKS } = process.env;
const peer = Boolean(process.env.PEER);
const credentials = { username: 'anna', password: 'secret' };

async function check(sentence, test) {
  try {
    await test();
    console.log(`ok ${sentence}`);
  } catch (error) {
    console.log(`FAILED ${sentence}`);
    console.log(String(error?.stack ?? error).split('\n').slice(0, 25).map((line) => `    | ${line}`).join('\n'));
  }
}

const lines = (...all) => all.map((line) => `${line}\r\n`).join('');
const event = (uid, summary, start = '20260302T090000Z', ...more) =>
  lines('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//davbox//suite//EN', 'BEGIN:VEVENT', `UID:${uid}`,
    'DTSTAMP:20260101T120000Z', `DTSTART:${start}`, 'DURATION:PT45M', `SUMMARY:${summary}`,
    'DESCRIPTION:Käse & Öl <für alle> ]]> und eine lange Zeile\\, die der Client', '  gefaltet hat',
    'X-SUITE:kept', ...more, 'END:VEVENT', 'END:VCALENDAR');
const todo = (uid, summary) =>
  lines('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//davbox//suite//EN', 'BEGIN:VTODO', `UID:${uid}`,
    'DTSTAMP:20260101T120000Z', `SUMMARY:${summary}`, 'END:VTODO', 'END:VCALENDAR');
const card = (uid, name) =>
  lines('BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `N:${name};;;;`, `FN:${name}`,
    'item1.TEL;TYPE=CELL:+49 170 1234567', 'item1.X-ABLabel:Tisch & Stuhl', 'END:VCARD');

const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
const get = (url) => fetch(url, { headers: { authorization } });

async function hasBytes(url, bytes) {
  const answer = await get(url);
  assert.equal(answer.status, 200);
  const got = Buffer.from(await answer.arrayBuffer());
  assert.equal(got.toString(), bytes);
  assert.equal(got.length, Buffer.byteLength(bytes));
  return answer.headers.get('etag');
}

const nameOf = (url) => decodeURIComponent(new URL(url, BASE).pathname.split('/').filter(Boolean).pop());
const names = (objects) => objects.map((object) => nameOf(object.url ?? object.href)).sort();
const byName = (collections, name) => collections.find((one) => nameOf(one.url) === name);

// What the server says changed since a token: names that are there, names that are gone, the next token.
async function changes(client, url, syncToken) {
  const answer = await client.syncCollection({ url, props: { 'd:getetag': {} }, syncLevel: 1, syncToken });
  assert.equal(answer.some((one) => one.status >= 500 || one.status === 403), false, JSON.stringify(answer[0]));
  const objects = answer.filter((one) => one.href && one.href !== url && nameOf(one.href) !== nameOf(url));
  const token = answer[0]?.raw?.multistatus?.syncToken;
  assert.ok(token, 'the answer carries a sync-token');
  return {
    there: names(objects.filter((one) => one.status !== 404)),
    gone: names(objects.filter((one) => one.status === 404)),
    etags: Object.fromEntries(objects.map((one) => [nameOf(one.href), one.props?.getetag])),
    token,
  };
}

// --- calendars -----------------------------------------------------------------------------------

let client;
await check('a CalDAV client signs in with the base URL alone', async () => {
  client = await createDAVClient({ serverUrl: `${BASE}/`, credentials, authMethod: 'Basic', defaultAccountType: 'caldav' });
});
if (!client) process.exit(1);

let account;
await check('createAccount finds principal and calendar home', async () => {
  account = await client.createAccount({ account: { serverUrl: `${BASE}/`, credentials, accountType: 'caldav' } });
  assert.equal(new URL(account.rootUrl).pathname, '/');
  if (!peer) assert.equal(new URL(account.principalUrl).pathname, '/principals/anna/');
  assert.equal(new URL(account.homeUrl).pathname, `${CALENDARS}/`);
});
await check('createAccount with loadCollections and loadObjects works on a fresh account', async () => {
  const loaded = await client.createAccount({
    account: { serverUrl: `${BASE}/`, credentials, accountType: 'caldav' }, loadCollections: true, loadObjects: true,
  });
  assert.ok(byName(loaded.calendars, 'calendar'));
  assert.deepEqual(byName(loaded.calendars, 'calendar').objects, []);
});
await check('a wrong password is an error, not an empty account', async () => {
  await assert.rejects(createDAVClient({
    serverUrl: `${BASE}/`, credentials: { username: 'anna', password: 'wrong' }, authMethod: 'Basic', defaultAccountType: 'caldav',
  }));
});
await check("fetchCalendarUserAddresses finds anna's addresses", async () => {
  const addresses = await client.fetchCalendarUserAddresses();
  assert.ok(addresses.length > 0, 'at least one address');
  assert.ok(addresses.every((address) => /^(mailto:|\/|https?:|urn:)/.test(address)), String(addresses));
});

let calendar;
await check('fetchCalendars lists the calendar with its name, components, ctag, sync-token and reports', async () => {
  const calendars = await client.fetchCalendars();
  calendar = byName(calendars, 'calendar');
  assert.ok(calendar, names(calendars).join(' '));
  assert.ok(calendar.ctag, 'a ctag');
  assert.ok(calendar.syncToken, 'a sync-token');
  for (const report of ['calendarQuery', 'calendarMultiget', 'syncCollection']) {
    assert.ok(calendar.reports.includes(report), `${report} among ${calendar.reports}`);
  }
  if (!peer) {
    assert.deepEqual(calendar.components, ['VEVENT']);
    assert.ok(calendar.displayName, 'a display name');
  }
});
if (!calendar) process.exit(1);
if (!peer) {
  await check('and the task list, for VTODO only, and no inbox or outbox', async () => {
    const calendars = await client.fetchCalendars();
    assert.deepEqual(names(calendars), ['calendar', 'tasks']);
    assert.deepEqual(byName(calendars, 'tasks').components, ['VTODO']);
  });
}

await check('makeCalendar makes a calendar with name, colour and component', async () => {
  const [made] = await client.makeCalendar({
    url: `${BASE}${CALENDARS}/team/`,
    props: {
      'd:displayname': 'Team & Küche',
      'ca:calendar-color': '#FF8800',
      'c:calendar-description': 'Wer kocht wann?',
      'c:supported-calendar-component-set': { 'c:comp': { _attributes: { name: 'VEVENT' } } },
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made));
  const team = byName(await client.fetchCalendars(), 'team');
  assert.equal(team.displayName, 'Team & Küche');
  assert.equal(team.calendarColor, '#FF8800');
  assert.equal(team.description, 'Wer kocht wann?');
  assert.deepEqual(team.components, ['VEVENT']);
});
await check('makeCalendar on a name that is taken is refused', async () => {
  const [made] = await client.makeCalendar({ url: `${BASE}${CALENDARS}/team/`, props: { 'd:displayname': 'Again' } });
  assert.ok(made.status >= 400 && made.status < 500, JSON.stringify(made));
});

const lunch = event('lunch', 'Mittagessen');
let object;
await check('createCalendarObject makes an event and tells its ETag', async () => {
  const answer = await client.createCalendarObject({ calendar, filename: 'lunch.ics', iCalString: lunch });
  assert.equal(answer.status, 201);
  object = { url: `${calendar.url}lunch.ics`, etag: answer.headers.get('etag'), data: lunch };
  assert.match(object.etag, /^"[^"]+"$/);
});
await check('the server has the event byte for byte, under that ETag', async () => {
  assert.equal(await hasBytes(object.url, lunch), object.etag);
});
await check('createCalendarObject on a name that is taken is answered 412', async () => {
  assert.equal((await client.createCalendarObject({ calendar, filename: 'lunch.ics', iCalString: lunch })).status, 412);
});
if (!peer) {
  await check('createCalendarObject with a UID the calendar already has is refused', async () => {
    const answer = await client.createCalendarObject({ calendar, filename: 'twin.ics', iCalString: lunch });
    assert.ok([403, 409].includes(answer.status), String(answer.status));
    assert.match(await answer.text(), /no-uid-conflict/);
  });
  await check('a task is refused by a calendar for events', async () => {
    const answer = await client.createCalendarObject({ calendar, filename: 'todo.ics', iCalString: todo('todo', 'Tun') });
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /supported-calendar-component/);
  });
}
await check('updateCalendarObject with the right ETag changes the event', async () => {
  const changed = event('lunch', 'Mittagessen\\, später');
  const answer = await client.updateCalendarObject({ calendarObject: { ...object, data: changed } });
  assert.ok([200, 204].includes(answer.status), String(answer.status));
  const etag = await hasBytes(object.url, changed);
  assert.notEqual(etag, object.etag);
  assert.equal(answer.headers.get('etag'), etag);
});
await check('updateCalendarObject with a stale ETag is answered 412', async () => {
  const answer = await client.updateCalendarObject({ calendarObject: { ...object, data: event('lunch', 'Zu spät') } });
  assert.equal(answer.status, 412);
});
await check('deleteCalendarObject with a stale ETag is answered 412', async () => {
  assert.equal((await client.deleteCalendarObject({ calendarObject: object })).status, 412);
});

const sent = {};
for (let number = 1; number <= 30; number += 1) {
  sent[`day${number}.ics`] = event(`day${number}`, `Tag ${number}`, `202604${String(number).padStart(2, '0')}T100000Z`);
}
sent['Käse & Brot.ics'] = event('cheese', 'Käse & Brot');
sent['series.ics'] = event('series', 'Jede Woche', '20260401T080000Z', 'RRULE:FREQ=WEEKLY;COUNT=5');
await check('thirty-two more events can be made at once', async () => {
  const answers = await Promise.all(Object.entries(sent).map(([filename, iCalString]) =>
    client.createCalendarObject({ calendar, filename: encodeURIComponent(filename), iCalString })));
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201]);
});
await check('fetchCalendarObjects finds every event with its ETag and its bytes', async () => {
  const objects = await client.fetchCalendarObjects({ calendar });
  assert.deepEqual(names(objects), [...Object.keys(sent), 'lunch.ics'].sort());
  for (const found of objects) {
    assert.match(found.etag, /^"[^"]+"$/);
    // tsdav itself cuts the last line end off.
    if (sent[nameOf(found.url)]) assert.equal(found.data, sent[nameOf(found.url)].trim());
  }
});
await check('fetchCalendarObjects without multiget finds the same', async () => {
  const objects = await client.fetchCalendarObjects({ calendar, useMultiGet: false });
  assert.deepEqual(names(objects), [...Object.keys(sent), 'lunch.ics'].sort());
  assert.equal(objects.find((one) => nameOf(one.url) === 'day7.ics').data, sent['day7.ics'].trim());
});
await check('fetchCalendarObjects with a time range finds what is in it', async () => {
  const objects = await client.fetchCalendarObjects({
    calendar, timeRange: { start: '2026-04-10T00:00:00Z', end: '2026-04-13T00:00:00Z' },
  });
  for (const wanted of ['day10.ics', 'day11.ics', 'day12.ics']) {
    assert.ok(names(objects).includes(wanted), `${wanted} among ${names(objects)}`);
  }
});
await check('fetchCalendarObjects for tasks finds none in a calendar of events', async () => {
  const objects = await client.fetchCalendarObjects({
    calendar,
    filters: [{ 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': { _attributes: { name: 'VTODO' } } } }],
  });
  assert.deepEqual(objects, []);
});
await check('calendarMultiGet gives what was asked for, and 404 for what is not there', async () => {
  const path = new URL(calendar.url).pathname;
  const request = (objectUrls) => client.calendarMultiGet({
    url: calendar.url, props: { 'd:getetag': {}, 'c:calendar-data': {} }, objectUrls, depth: '1',
  });
  const answer = await request([`${path}day2.ics`, `${path}${encodeURIComponent('Käse & Brot.ics')}`]);
  assert.deepEqual(names(answer), ['Käse & Brot.ics', 'day2.ics'].sort());
  for (const one of answer) {
    assert.equal(one.props.calendarData._cdata ?? one.props.calendarData, sent[nameOf(one.href)].trim());
  }
  await assert.rejects(request([`${path}missing.ics`]), /404/);
});
if (!peer) {
  await check('freeBusyQuery is not pretended: it answers free-busy or says it cannot', async () => {
    const reports = byName(await client.fetchCalendars(), 'calendar').reports;
    const answer = await client.freeBusyQuery({
      url: calendar.url, timeRange: { start: '2026-04-01T00:00:00Z', end: '2026-04-02T00:00:00Z' }, depth: '1',
    }).catch((error) => ({ status: Number(/failed: (\d+)/.exec(error.message)?.[1]) }));
    if (reports.includes('freeBusyQuery')) assert.equal(answer.status, 200);
    else assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  });
}

// --- sync, step by step ----------------------------------------------------------------------------

async function syncStepByStep(what, url, extension, make, write, remove) {
  let state;
  await check(`syncCollection without a token lists every ${what}`, async () => {
    state = await changes(client, url, '');
    const everything = await client.propfind({ url, props: { 'd:getetag': {} }, depth: '1' });
    assert.deepEqual(state.there, names(everything.filter((one) => one.href.endsWith(extension))));
    assert.deepEqual(state.gone, []);
  });
  if (!state) return;
  await check(`syncCollection of a quiet collection of ${what}s tells nothing and keeps its token`, async () => {
    const quiet = await changes(client, url, state.token);
    assert.deepEqual([quiet.there, quiet.gone, quiet.token], [[], [], state.token]);
  });
  await check(`syncCollection tells exactly the ${what}s that are new`, async () => {
    await make(`sync1${extension}`, 'sync1', 'Eins');
    await make(`sync2${extension}`, 'sync2', 'Zwei');
    const next = await changes(client, url, state.token);
    assert.deepEqual([next.there, next.gone], [[`sync1${extension}`, `sync2${extension}`], []]);
    assert.notEqual(next.token, state.token);
    state.second = next;
  });
  if (!state.second) return;
  await check(`syncCollection tells exactly the ${what} that changed, with its new ETag`, async () => {
    const etag = await write(`sync1${extension}`, 'sync1', 'Eins und ein halb', state.second.etags[`sync1${extension}`]);
    const next = await changes(client, url, state.second.token);
    assert.deepEqual([next.there, next.gone], [[`sync1${extension}`], []]);
    assert.equal(next.etags[`sync1${extension}`], etag);
    state.third = next;
  });
  if (!state.third) return;
  await check(`syncCollection tells exactly the ${what} that is gone`, async () => {
    await remove(`sync2${extension}`);
    const next = await changes(client, url, state.third.token);
    assert.deepEqual([next.there, next.gone], [[], [`sync2${extension}`]]);
    state.fourth = next;
  });
  await check(`syncCollection from the older token sums up: one ${what} there, one gone or never heard of`, async () => {
    const sum = await changes(client, url, state.token);
    assert.deepEqual(sum.there, [`sync1${extension}`]);
    assert.ok(sum.gone.every((name) => name === `sync2${extension}`), String(sum.gone));
    assert.equal(sum.token, state.fourth.token);
  });
  await check(`syncCollection of ${what}s with a token nobody gave out is refused, so that the client starts over`, async () => {
    const [answer] = await client.syncCollection({
      url, props: { 'd:getetag': {} }, syncLevel: 1, syncToken: 'http://example.org/never-given-out/1',
    });
    assert.ok([403, 409, 412].includes(answer.status), String(answer.status));
    assert.match(JSON.stringify(answer.raw), /valid-sync-token|validSyncToken/);
  });
}

await syncStepByStep('event', calendar.url, '.ics',
  async (filename, uid, summary) => {
    assert.equal((await client.createCalendarObject({ calendar, filename, iCalString: event(uid, summary) })).status, 201);
  },
  async (filename, uid, summary, etag) => {
    const answer = await client.updateCalendarObject({
      calendarObject: { url: calendar.url + filename, etag, data: event(uid, summary) },
    });
    assert.ok(answer.ok, String(answer.status));
    return answer.headers.get('etag');
  },
  async (filename) => {
    assert.ok((await client.deleteCalendarObject({ calendarObject: { url: calendar.url + filename } })).ok);
  });

for (const method of ['webdav', 'basic']) {
  await check(`smartCollectionSync (${method}) finds what was created, updated and deleted`, async () => {
    const listed = byName(await client.fetchCalendars(), 'calendar');
    const before = { ...listed, objects: await client.fetchCalendarObjects({ calendar }) };
    const old = before.objects.find((one) => nameOf(one.url) === 'day3.ics');
    await client.createCalendarObject({ calendar, filename: `smart-${method}.ics`, iCalString: event(`smart-${method}`, 'Neu') });
    await client.updateCalendarObject({ calendarObject: { ...old, data: event('day3', `Tag 3 (${method})`) } });
    await client.deleteCalendarObject({ calendarObject: { url: `${calendar.url}day${method === 'basic' ? 4 : 5}.ics` } });
    const after = await client.smartCollectionSyncDetailed({
      collection: {
        ...before,
        objectMultiGet: client.calendarMultiGet,
        fetchObjects: ({ collection }) => client.fetchCalendarObjects({ calendar: collection }),
      },
      method,
      account,
    });
    assert.deepEqual(names(after.objects.created), [`smart-${method}.ics`]);
    assert.deepEqual(names(after.objects.updated), ['day3.ics']);
    assert.deepEqual(names(after.objects.deleted), [`day${method === 'basic' ? 4 : 5}.ics`]);
  });
}

await check('syncCalendars finds new, changed and deleted calendars', async () => {
  const before = await Promise.all((await client.fetchCalendars()).map(async (one) =>
    ({ ...one, objects: await client.fetchCalendarObjects({ calendar: one }) })));
  await client.makeCalendar({ url: `${BASE}${CALENDARS}/fresh/`, props: { 'd:displayname': 'Frisch' } });
  await client.createCalendarObject({ calendar, filename: 'late.ics', iCalString: event('late', 'Spät') });
  assert.ok((await client.deleteObject({ url: `${BASE}${CALENDARS}/team/` })).ok);
  const { created, updated, deleted } = await client.syncCalendars({ oldCalendars: before, detailedResult: true });
  assert.deepEqual(names(created), ['fresh']);
  assert.deepEqual(names(updated), ['calendar']);
  assert.deepEqual(names(deleted), ['team']);
  assert.ok(names(updated[0].objects).includes('late.ics'));
});
await check('isCollectionDirty tells a changed calendar from a quiet one', async () => {
  const now = byName(await client.fetchCalendars(), 'calendar');
  assert.equal((await client.isCollectionDirty({ collection: now })).isDirty, false);
  await client.createCalendarObject({ calendar, filename: 'dirty.ics', iCalString: event('dirty', 'Neu') });
  assert.equal((await client.isCollectionDirty({ collection: now })).isDirty, true);
});
await check('deleteCalendarObject with the right ETag deletes the event', async () => {
  const etag = (await get(object.url)).headers.get('etag');
  const answer = await client.deleteCalendarObject({ calendarObject: { ...object, etag } });
  assert.ok([200, 204].includes(answer.status), String(answer.status));
  assert.equal((await get(object.url)).status, 404);
});

// --- address books -----------------------------------------------------------------------------------

let people;
await check('a CardDAV client signs in with the base URL alone', async () => {
  people = await createDAVClient({ serverUrl: `${BASE}/`, credentials, authMethod: 'Basic', defaultAccountType: 'carddav' });
  const found = await people.createAccount({ account: { serverUrl: `${BASE}/`, credentials, accountType: 'carddav' } });
  assert.equal(new URL(found.homeUrl).pathname, `${BOOKS}/`);
});
if (!people) process.exit(1);
client = people;

let book;
await check('fetchAddressBooks lists the address book with its name, ctag, sync-token and reports', async () => {
  const books = await people.fetchAddressBooks();
  if (!peer) assert.deepEqual(names(books), ['contacts']);
  book = byName(books, 'contacts');
  assert.ok(book.ctag, 'a ctag');
  assert.ok(book.syncToken, 'a sync-token');
  for (const report of ['addressbookQuery', 'addressbookMultiget', 'syncCollection']) {
    assert.ok(book.reports.includes(report), `${report} among ${book.reports}`);
  }
  if (!peer) assert.ok(book.displayName, 'a display name');
});
if (!book) process.exit(1);
await check('makeCollection makes a second address book by extended MKCOL', async () => {
  const [made] = await people.makeCollection({
    url: `${BASE}${BOOKS}/club/`,
    props: { 'd:resourcetype': { 'd:collection': {}, 'card:addressbook': {} }, 'd:displayname': 'Verein' },
  });
  assert.equal(made.status, 201, JSON.stringify(made));
  assert.equal(byName(await people.fetchAddressBooks(), 'club').displayName, 'Verein');
});

const cards = {};
for (const name of ['anton', 'berta', 'cäsar', 'dora']) cards[`${name}.vcf`] = card(name, `${name} <Käfer> & Söhne`);
await check('createVCard makes cards', async () => {
  for (const [filename, vCardString] of Object.entries(cards)) {
    const answer = await people.createVCard({ addressBook: book, filename: encodeURIComponent(filename), vCardString });
    assert.equal(answer.status, 201);
  }
});
await check('the server has the cards byte for byte', async () => {
  for (const [name, bytes] of Object.entries(cards)) await hasBytes(book.url + encodeURIComponent(name), bytes);
});
await check('createVCard on a name that is taken is answered 412', async () => {
  const answer = await people.createVCard({ addressBook: book, filename: 'anton.vcf', vCardString: cards['anton.vcf'] });
  assert.equal(answer.status, 412);
});
await check('fetchVCards finds every card with its bytes', async () => {
  const found = await people.fetchVCards({ addressBook: book });
  assert.deepEqual(names(found), Object.keys(cards).sort());
  for (const one of found) assert.equal(one.data, cards[nameOf(one.url)].trim());
});
await check('fetchVCards without multiget finds the same', async () => {
  const found = await people.fetchVCards({ addressBook: book, useMultiGet: false });
  assert.deepEqual(names(found), Object.keys(cards).sort());
});
await check('addressBookMultiGet gives what was asked for', async () => {
  const path = new URL(book.url).pathname;
  const answer = await people.addressBookMultiGet({
    url: book.url,
    props: { 'd:getetag': {}, 'card:address-data': {} },
    objectUrls: [`${path}berta.vcf`, `${path}${encodeURIComponent('cäsar.vcf')}`],
    depth: '1',
  });
  assert.deepEqual(names(answer), ['berta.vcf', 'cäsar.vcf']);
  for (const one of answer) {
    assert.equal(one.props.addressData._cdata ?? one.props.addressData, cards[nameOf(one.href)].trim());
  }
});
await check('updateVCard with the right ETag changes the card, with the old one it is answered 412', async () => {
  const url = `${book.url}anton.vcf`;
  const etag = (await get(url)).headers.get('etag');
  const data = card('anton', 'Anton Neu');
  assert.ok((await people.updateVCard({ vCard: { url, etag, data } })).ok);
  await hasBytes(url, data);
  assert.equal((await people.updateVCard({ vCard: { url, etag, data: card('anton', 'Anton Alt') } })).status, 412);
  await hasBytes(url, data);
  assert.equal((await people.deleteVCard({ vCard: { url, etag } })).status, 412);
});
await check('deleteVCard deletes the card', async () => {
  assert.ok((await people.deleteVCard({ vCard: { url: `${book.url}dora.vcf` } })).ok);
  assert.equal((await get(`${book.url}dora.vcf`)).status, 404);
});
await syncStepByStep('card', book.url, '.vcf',
  async (filename, uid, name) => {
    assert.equal((await people.createVCard({ addressBook: book, filename, vCardString: card(uid, name) })).status, 201);
  },
  async (filename, uid, name, etag) => {
    const answer = await people.updateVCard({ vCard: { url: book.url + filename, etag, data: card(uid, name) } });
    assert.ok(answer.ok, String(answer.status));
    return answer.headers.get('etag');
  },
  async (filename) => {
    assert.ok((await people.deleteVCard({ vCard: { url: book.url + filename } })).ok);
  });
await check('smartCollectionSync finds the cards that were created, updated and deleted', async () => {
  const listed = byName(await people.fetchAddressBooks(), 'contacts');
  const objects = await people.fetchVCards({ addressBook: book });
  await people.createVCard({ addressBook: book, filename: 'emil.vcf', vCardString: card('emil', 'Emil') });
  const berta = objects.find((one) => nameOf(one.url) === 'berta.vcf');
  await people.updateVCard({ vCard: { ...berta, data: card('berta', 'Berta Neu') } });
  await people.deleteVCard({ vCard: { url: `${book.url}anton.vcf` } });
  const after = await people.smartCollectionSyncDetailed({
    collection: { ...listed, objects, objectMultiGet: people.addressBookMultiGet }, method: 'webdav',
  });
  assert.deepEqual(names(after.objects.created), ['emil.vcf']);
  assert.deepEqual(names(after.objects.updated), ['berta.vcf']);
  assert.deepEqual(names(after.objects.deleted), ['anton.vcf']);
});
