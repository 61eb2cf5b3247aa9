// The same values through `azure-pipelines-task-lib` and through promenade give the same bytes, but for two things that
// are meant: a secret of several lines is masked line by line here and refused by the library; and a pass with warnings
// makes no issue of its own here, since its warnings were told.
//
//   node compare.cjs SPEAK
"use strict";

const assert = require("node:assert/strict");
const { Writable } = require("node:stream");
const tl = require("azure-pipelines-task-lib/task");
const { TaskCommand, commandFromString } = require("azure-pipelines-task-lib/taskcommand");
const { VALUES, acts, counter } = require("./speech.cjs");

const { check, close } = counter();
const speak = process.argv[2];

// The commands that the library prints, without its words for those who debug a task.
function printed(body) {
    let text = "";
    tl.setStdStream(new Writable({ write: (part, _, done) => ((text += part), done()) }));
    body();
    tl.setStdStream(process.stdout);
    const commands = text.split(require("node:os").EOL).filter((it) => it !== "");
    return commands.filter((it) => !it.startsWith("##vso[task.debug]"));
}

const ours = (say, variables = {}) => acts(speak, "azure", variables, [say])[0].map((it) => it.print ?? it);

const same = (say, body) => assert.deepEqual(ours(say), printed(body));

for (const [at, value] of VALUES.entries()) {
    const named = `${at} ${JSON.stringify(value.slice(0, 40))}`;
    check(`warning ${named}`, () => same({ warning: value }, () => tl.logIssue(tl.IssueType.Warning, value)));
    check(`error ${named}`, () => {
        const text = `t: ${value}`;
        const problem = { title: "t", text: value };
        same({ problem }, () => tl.logIssue(tl.IssueType.Error, text));
        const placed = { problem: { ...problem, place: [value, 3, 7] } };
        same(placed, () => tl.logIssue(tl.IssueType.Error, text, value, 3, 7));
    });
    check(`progress ${named}`, () => {
        same({ progress: { percent: 5, text: value } }, () => tl.setProgress(5, value));
    });
    check(`variable ${named}`, () => {
        const set = () => tl.setVariable("PROMENADE_RELEASE_VERSION", value, false, true);
        same({ output: { name: "release-version", value } }, set);
    });
    check(`secret ${named}`, () => {
        const lines = value.split(/\r\n|\n/).filter((it) => it.trim() !== "");
        const kept = lines.filter((it) => lines.length === 1 || it.trim().length >= 8);
        // The library refuses a carriage return alone as well, although it knows how to write it.
        const command = (it) => [new TaskCommand("task.setsecret", {}, it).toString()];
        const told = (it) => (it.includes("\r") ? command(it) : printed(() => tl.setSecret(it)));
        assert.deepEqual(ours({ mask: value }), kept.flatMap((it) => told(it.trim())));
    });
    check(`read back ${named}`, () => {
        const [line] = ours({ problem: { title: "t", text: value, place: ["a;b]%", 3, 7] } });
        const { command, message, properties } = commandFromString(line);
        assert.deepEqual([command, message, properties.sourcepath], ["task.logissue", `t: ${value}`, "a;b]%"]);
    });
}
check("summary", () => {
    const [write, upload] = ours({ summary: "# x\n" }, { AGENT_TEMPDIRECTORY: "/a%b;c]" });
    assert.equal(write.text, "# x\n");
    assert.deepEqual([upload], printed(() => tl.uploadSummary(write.write)));
});
check("passed with warnings", () => {
    const warned = () => tl.setResult(tl.TaskResult.SucceededWithIssues, "promenade passed with warnings");
    assert.deepEqual(ours("passedWithWarnings"), printed(warned).slice(-1));
});
close();
