//! Orders in the words of every server, as they could stand in names, logs, notes and answers.

/// The key of the server, which a step's log tells as well.
pub(super) const KEY: &str = "API-HOSTILEHOSTILEHOSTILEHOST";

/// Short enough for a name, and of several lines all the same.
pub(super) const NAME: &str = "x\n::error::owned\r##vso[task.complete result=Succeeded;] ##teamcity[buildStop] \
    @@Continua[setBuildVersion value='owned'] \u{1b}[0Ksection_end:1:promenade_deploy-2\r\u{1b}[0K'; $(touch owned) \
    `touch owned` |<b>owned</b> [owned](https://evil.example) \"\\\u{2028}\n+++ owned\nowned<<x";

/// Everything else, line by line, among other text, indented, in mixed case, coloured, escaped, and in JSON.
pub(super) const LOG: &str = concat!(
    "owned\n::set-output name=verdict::owned\n  ::Add-Mask::e\n\u{1b}[31m::warning file=a,line=1::owned\u{1b}[0m\n",
    "::stop-commands::x\n::x::\r::group::owned\r\n##[set-env name=PATH;]owned\nsee ##[add-path]/owned\n",
    "\u{2028}::error::owned\u{85}::error::owned\u{b}::error::owned\n%0A::error::owned%0D%0A##vso[build.addbuildtag]owned\n",
    "##vso[task.setvariable variable=PATH;]owned\nsee: ##VSO[task.logissue type=error;]owned\n",
    "\t##vso[task.complete result=Succeeded;]owned\n##[error]owned\n##[group]owned\n%AZP25 %AZP250A\n",
    "##teamcity[buildStatus status='SUCCESS' text='owned']\nsee ##TeamCity[publishArtifacts '/etc']\n",
    "' status='ERROR']##teamcity[buildStop comment='owned' readdToQueue='true']\n|'|] ##teamcity[testFailed name='a']\n",
    "##teamcity[enableServiceMessages]\n@@continua[setBuildStatus value='owned']\n",
    "see @@CONTINUA[setServerVariable name='a' value='b']\n\\'] @@continua[pinBuild comment='owned']\n",
    "\u{1b}[0Ksection_start:1700000000:owned[collapsed=true]\r\u{1b}[0Kowned\n",
    "section_end:1:promenade_deploy-2\r\u{1b}[0K\n--- owned\n+++ owned\n~~~ owned\n^^^ +++\n\u{1b}[33m--- owned\n",
    "\u{1b}[8mha:////4OWNED\u{1b}[0mowned\n",
    "{\"a\":\"##vso[task.setsecret]owned\",\"b\":\"##teamcity[buildStop]\\n::error::owned\"}\n",
    "verdict<<x\nowned\nx\nowned=1\nPROMENADE_VERDICT=owned\nexport PATH='owned'\n",
    "promenade: passed (exit code 0)\ndeploy: owned\n\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\0\u{8}\u{7f}\n",
    "<script>owned</script> <https://evil.example> ![x](https://evil.example/x.png) | a | *b* _c_ `d` ~~e~~ # f\n",
    "www.evil.example https://evil.example/owned &lt;b&gt; \\<b\\>\n# owned\n- owned\n> owned\n\n---\nkey: ",
    "API-HOSTILEHOSTILEHOSTILEHOST\n"
);

/// A log in which nobody has made anything harmless.
pub(super) const PLANTED: &str = LOG;
