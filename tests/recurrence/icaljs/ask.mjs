// What ical.js, the library of Thunderbird, says of every rule of a corpus, in the form of
// reference/ask.py and asked in the same way as python-dateutil.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const require = createRequire(`${process.env.NODE_TOOLS}/`);
const context = vm.createContext({ module: { exports: {} }, exports: {} });
const file = require.resolve('ical.js').replace(/[^/]*$/, 'ical.es5.cjs');
vm.runInContext(readFileSync(file, 'utf8'), context);
const MOST = 40;
// Some rules never let it go.
const MILLISECONDS = 60;

vm.runInContext(`
    var ICAL = module.exports.default || module.exports;
    function ask(rule, start, date, count) {
        const begin = ICAL.Time.fromString(start);
        const iterator = ICAL.Recur.fromString(rule).iterator(begin);
        found = [begin.toString()];
        let next;
        while (found.length < ${MOST} && (next = iterator.next())) {
            const moment = next.toString();
            if (moment > found[found.length - 1]) {
                if (found.length === count) break;
                found.push(moment);
            } else if (moment < found[found.length - 1]) {
                throw new Error('goes backwards');
            }
        }
        return found;
    }
`, context);
const ask = new vm.Script('ask(rule, start, date, count)');

function asked(rule, dateOnly) {
    return rule.split(';').map(part => {
        const [name, value] = part.split('=');
        if (name === 'RSCALE' || name === 'SKIP') return null;
        if (dateOnly && /^BY(HOUR|MINUTE|SECOND)$/.test(name)) return null;
        if (name === 'BYSECOND') return `${name}=${[...new Set(value.split(',').map(s => s === '60' ? '59' : s))]}`;
        if (name === 'UNTIL') {
            const text = value.replace('Z', '');
            return `UNTIL=${dateOnly ? text.slice(0, 8) : text.length === 8 ? `${text}T235959` : text}`;
        }
        return part;
    }).filter(part => part !== null).join(';');
}

for await (const line of createInterface({ input: process.stdin })) {
    const [kind, start, rule] = line.split('\t');
    const dateOnly = kind === 'date';
    const count = Number(/COUNT=(\d+)/.exec(rule)?.[1] ?? Infinity);
    Object.assign(context, {
        found: [], rule: asked(rule, dateOnly), start: dateOnly ? start.slice(0, 10) : start, date: dateOnly, count,
    });
    const full = moment => moment.length === 10 ? `${moment}T00:00:00` : moment;
    try {
        const found = ask.runInContext(context, { timeout: MILLISECONDS }).map(full);
        console.log(`${found.length === MOST ? found[MOST - 1] : '9999-12-31T23:59:59'}\t${found.join(',')}`);
    } catch (error) {
        if (error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
            const found = [...context.found].map(full);
            console.log(`${found.at(-1) ?? full(context.start)}\t${found.join(',')}`);
        } else {
            console.log(`refused\t${error.message}`);
        }
    }
}
