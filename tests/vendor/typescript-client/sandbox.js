// Starts and ends the sandbox, and counts checks.
"use strict";

const { spawn } = require("node:child_process");
const { once } = require("node:events");
const readline = require("node:readline");

// A running `promenade sandbox`: its address, key and space, and `end()`.
async function start(program, timeScale) {
    const words = ["sandbox", "--listen", "127.0.0.1:0", "--json", "--time-scale", String(timeScale)];
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], env: { PATH: process.env.PATH } });
    const gone = once(child, "exit");
    const first = once(readline.createInterface({ input: child.stdout }), "line");
    const line = await Promise.race([first.then(([it]) => it), gone.then(([code]) => `exit status ${code}`)]);
    let ready;
    try {
        ready = JSON.parse(line);
    } catch {
        throw new Error(`the sandbox said ${line}`);
    }
    return { ...ready, end: async () => { child.kill("SIGTERM"); await gone; } };
}

// Counts checks; one that throws has failed, and the rest go on.
function counter() {
    const count = { passed: 0, failed: 0 };
    const check = async (what, body) => {
        try {
            await body();
            count.passed += 1;
            console.log(`ok      ${what}`);
        } catch (error) {
            count.failed += 1;
            console.log(`FAILED  ${what}\n        ${String(error.stack ?? error).replaceAll("\n", "\n        ")}`);
        }
    };
    return { check, count };
}

module.exports = { start, counter };
