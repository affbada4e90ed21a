/*
 * check.mjs - our calendars of 2025 and 2026 against the npm package chinese-days, day by day: the delivered one and
 * the files of deploy/calendars (deploy/policy.yaml says the same as the delivered rulebook: a unit test). Without the
 * package this fails; tests/install-test-deps.sh installs it.
 *
 * Usage: node check.mjs MANYI SOURCE   (the command, the folder of the sources)
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";

const [manyi, source] = process.argv.slice(2);

let days;
try {
    days = createRequire(import.meta.url)("chinese-days");
} catch (error) {
    console.error(`chinese-days is not installed: npm ci --prefix tests/calendars (${error.code})`);
    process.exit(1);
}

function monthOf(month, options) {
    const words = ["calendar", "show", "--month", month, "--json", ...options];
    return JSON.parse(execFileSync(manyi, words, { encoding: "utf8" }));
}

function yearCheck(year, options, name) {
    let checked = 0;
    let special = 0;
    for (let month = 1; month <= 12; month++) {
        const shown = monthOf(`${year}-${String(month).padStart(2, "0")}`, options);
        if (!shown.covered) throw new Error(`${name}: ${shown.month} is not covered`);
        for (const day of shown.days) {
            const works = day.hours.length > 0;
            const theirs = JSON.stringify(days.getDayDetail(day.date));
            if (works !== days.isWorkday(day.date))
                throw new Error(`${name}: ${day.date} is ${day.kind}, but by chinese-days ${theirs}`);
            if (works && day.working_ms !== 8 * 3600 * 1000)
                throw new Error(`${name}: ${day.date} has ${day.working_ms} ms`);
            const weekend = [0, 6].includes(new Date(`${day.date}T00:00:00Z`).getUTCDay());
            const kind = works ? (weekend ? "makeup" : "working") : day.kind;
            if (day.kind !== kind) throw new Error(`${name}: ${day.date} is called ${day.kind}, not ${kind}`);
            checked++;
            special += Number(works === weekend);
        }
    }
    if (checked !== 365 || special < 20) throw new Error(`${name}: only ${checked} days, ${special} of them special`);
    console.log(`${name}: 365 days of ${year} as chinese-days has them, ${special} unlike their day of the week`);
}

for (const year of [2025, 2026]) {
    yearCheck(year, [], "the delivered calendar");
    yearCheck(year, ["--calendar", `${source}/deploy/calendars/china-${year}.yaml`], `china-${year}.yaml`);
}
