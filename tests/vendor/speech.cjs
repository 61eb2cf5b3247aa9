// What the comparisons with the vendors' libraries share: values, promenade's answers, and a count.
"use strict";

const { execFileSync } = require("node:child_process");

const PLAIN = ["1.2.3", "Deploy Shop to Test", "https://octopus.example/app#/Spaces-1/tasks/ServerTasks-1"];

const HOSTILE = [
    "100%",
    "%0A %25 %0D%3A %AZP25 %",
    "one\ntwo\r\nthree\rfour\n",
    "'single' \"double\" `back`",
    "a: b, c; d=e",
    "[x] ]y[ ##[error]z",
    "::error file=a,line=1::owned",
    "x ##vso[task.complete result=Succeeded;]y",
    "##vso[task.setvariable variable=a;issecret=false;]b",
    "##teamcity[buildStatus status='SUCCESS'] |' |n @@continua[x]",
    "😀 ü 漢字",
    "\u202eright to left\u202c \u05d0\u05d1 \u2028 \u2029 \u0085x",
    "\u001b[31mred\u001b[0m \u0000 \u0008",
    "C:\\temp\\new",
    "0",
    " ",
    "",
    "x%;]".repeat(1000),
];

const VALUES = [...PLAIN, ...HOSTILE];

// What promenade would do for each of these, by the example `speak`.
function acts(speak, server, variables, speeches) {
    const input = speeches.map((say) => ({ server, variables, say }));
    return JSON.parse(execFileSync(speak, { input: JSON.stringify(input), maxBuffer: 1 << 26 }));
}

// Counts checks; one that throws has failed, and the rest go on.
function counter() {
    const count = { passed: 0, failed: 0 };
    const check = (what, body) => {
        try {
            body();
            count.passed += 1;
            console.log(`ok      ${what}`);
        } catch (error) {
            count.failed += 1;
            console.log(`FAILED  ${what}\n        ${String(error.stack ?? error).replaceAll("\n", "\n        ")}`);
        }
    };
    const close = () => {
        console.log(`${count.passed} passed, ${count.failed} failed, 0 skipped`);
        process.exitCode = count.failed === 0 ? 0 : 1;
    };
    return { check, close };
}

module.exports = { VALUES, acts, counter };
