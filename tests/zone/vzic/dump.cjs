// Prints each zone of timezones-ical-library: its name, and its VTIMEZONE with `|` where lines end.
"use strict";
const library = require(`${process.env.NODE_TOOLS}/node_modules/timezones-ical-library`);

for (const name of library.tzlib_get_timezones()) {
    const [text] = library.tzlib_get_ical_block(name);
    console.log(`${name}\t${text.trim().replace(/\r?\n/g, "|")}|`);
}
