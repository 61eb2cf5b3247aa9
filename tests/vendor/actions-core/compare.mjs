// The same values through `@actions/core` and through promenade give the same bytes, but for two things that are meant:
// a secret of several lines is masked line by line here and as one by the library, whose mask no single line of a log
// would match; and a blank secret is none here.
//
//   node compare.mjs SPEAK

import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import speech from "./speech.cjs";

const { VALUES, acts, counter } = speech;
const { check, close } = counter();
const speak = process.argv[2];

const folder = mkdtempSync(join(tmpdir(), "promenade-"));
const files = { GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary") };
Object.assign(process.env, files);
// It reads its environment when it is loaded.
const core = await import("@actions/core");

// What the library prints.
function printed(body) {
    const write = process.stdout.write;
    let text = "";
    process.stdout.write = (part) => ((text += part), true);
    try {
        body();
    } finally {
        process.stdout.write = write;
    }
    return text;
}

// What promenade prints and appends, one after the other.
function ours(say) {
    let text = "";
    for (const act of acts(speak, "github", files, [say])[0]) {
        if ("append" in act) appendFileSync(act.append, act.text);
        else text += `${act.print}\n`;
    }
    return text;
}

// What one of the files holds after this, with the delimiter that nobody can foresee taken out.
async function left(file, body) {
    writeFileSync(file, "before\n");
    await body();
    return readFileSync(file, "utf8").replaceAll(/ghadelimiter_[0-9A-Za-z-]+/g, "DELIMITER");
}

const same = (say, body) => assert.equal(ours(say), printed(body));

for (const [at, value] of VALUES.entries()) {
    const named = `${at} ${JSON.stringify(value.slice(0, 40))}`;
    check(`group ${named}`, () => {
        same({ open: value }, () => core.startGroup(value));
        same({ close: value }, () => core.endGroup());
    });
    check(`warning ${named}`, () => same({ warning: value }, () => core.warning(value)));
    for (const title of ["bad settings", value]) {
        check(`error, title ${JSON.stringify(title.slice(0, 20))} ${named}`, () => {
            same({ problem: { title, text: value } }, () => core.error(value, { title }));
            const place = { title, file: value, startLine: 3, startColumn: 7 };
            same({ problem: { title, text: value, place: [value, 3, 7] } }, () => core.error(value, place));
        });
    }
    check(`mask ${named}`, () => {
        const lines = value.split(/\r\n|\n/).filter((it) => it.trim() !== "");
        const kept = lines.filter((it) => lines.length === 1 || it.trim().length >= 8);
        same({ mask: value }, () => kept.forEach((it) => core.setSecret(it.trim())));
    });
    const output = await left(files.GITHUB_OUTPUT, () => core.setOutput("release-version", value));
    const ourOutput = await left(files.GITHUB_OUTPUT, () => ours({ output: { name: "release-version", value } }));
    check(`output ${named}`, () => assert.equal(ourOutput, output));
    const page = await left(files.GITHUB_STEP_SUMMARY, () => core.summary.addRaw(value).write());
    const ourPage = await left(files.GITHUB_STEP_SUMMARY, () => ours({ summary: value }));
    check(`summary ${named}`, () => assert.equal(ourPage, page));
}
rmSync(folder, { recursive: true });
close();
