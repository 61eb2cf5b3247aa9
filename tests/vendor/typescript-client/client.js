// The vendor's client creates, deploys, waits, cancels and lists against the sandbox, and is told what the
// real server would tell it where it asks for what cannot be.
//
//   node client.js PROGRAM
"use strict";

const assert = require("node:assert/strict");
const octopus = require("@octopusdeploy/api-client");
const { start, counter } = require("./sandbox.js");

const EVERYTHING = 2147483647;
// Sixty seconds of a deployment take less than one of ours.
const TIME_SCALE = 100;
const POLL = 25;
const PATIENCE = 20_000;

const { check, count } = counter();

async function main(program) {
    const sandbox = await start(program, TIME_SCALE);
    try {
        await use(sandbox);
    } finally {
        await sandbox.end();
    }
    console.log(`${count.passed} passed, ${count.failed} failed, 0 skipped`);
    process.exitCode = count.failed === 0 ? 0 : 1;
}

const connect = (sandbox, apiKey = sandbox.apiKey) =>
    octopus.Client.create({ userAgentApp: "promenade-tests", instanceURL: sandbox.url, apiKey });

async function use(sandbox) {
    const client = await connect(sandbox);
    const world = { sandbox, client, space: "Default" };
    await listsWhatThereIs(world);
    await createsReleases(world);
    await deploysAndWaits(world);
    await deploysToTenants(world);
    await seesTasksFailAndStop(world);
    await isRefused(world);
    await readsCurrentRoutes(world);
}

// What is wrong with a document that ought to have these fields: a field's name to `typeof`, or to a test.
function holds(document, fields) {
    for (const [name, kind] of Object.entries(fields)) {
        assert.ok(name in document, `${name} is missing in ${JSON.stringify(document)}`);
        const value = document[name];
        const fits = typeof kind === "function" ? kind(value) : typeof value === kind;
        assert.ok(fits, `${name} is ${JSON.stringify(value)}, not ${kind}`);
    }
}

const list = (value) => Array.isArray(value);
const moment = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const id = (prefix) => (value) => new RegExp(`^${prefix}-\\d+$`, "i").test(value);

function isCollection(page) {
    holds(page, { ItemType: "string", Items: list, TotalResults: "number", ItemsPerPage: "number", NumberOfPages: "number", LastPageNumber: "number", Links: "object" });
    assert.ok(page.Items.length > 0, "the collection is empty");
}

const named = (page, name) => page.Items.find((it) => it.Name === name) ?? assert.fail(`no ${name}`);

async function listsWhatThereIs({ client, space }) {
    await check("the server says its version", async () => {
        const { version, installationId } = await client.getServerInformation();
        assert.match(version, /^\d+\.\d+\.\d+/);
        assert.ok(installationId);
    });
    await check("the user behind the key", async () => {
        holds(await octopus.userGetCurrent(client), { Id: id("Users"), Username: "string", DisplayName: "string", IsActive: (it) => it === true, IsService: "boolean" });
    });
    await check("spaces", async () => {
        const spaces = new octopus.SpaceRepository(client);
        const page = await spaces.list({ skip: 0, take: EVERYTHING });
        isCollection(page);
        const found = named(page, "Default");
        holds(found, { Id: id("Spaces"), Slug: "string", IsDefault: "boolean", TaskQueueStopped: "boolean" });
        assert.equal((await spaces.get(found.Id)).Name, "Default");
        assert.deepEqual((await spaces.list({ partialName: "efaul" })).Items.map((it) => it.Name), ["Default"]);
    });
    await check("projects", async () => {
        const projects = new octopus.ProjectRepository(client, space);
        const page = await projects.list({ skip: 0, take: EVERYTHING });
        isCollection(page);
        assert.equal(page.Items.length, page.TotalResults);
        const shop = named(page, "Web Shop");
        holds(shop, { Id: id("Projects"), SpaceId: id("Spaces"), Slug: "string", LifecycleId: id("Lifecycles"), VariableSetId: "string", DeploymentProcessId: "string", IsDisabled: "boolean", IsVersionControlled: "boolean", TenantedDeploymentMode: "string", PersistenceSettings: "object", Links: "object" });
        assert.equal(octopus.HasVersionControlledPersistenceSettings(shop.PersistenceSettings), false);
        assert.equal(octopus.HasVersionControlledPersistenceSettings(named(page, "Infra").PersistenceSettings), true);
        assert.equal((await projects.get(shop.Id)).Name, "Web Shop");
        assert.equal((await projects.list({ ids: [shop.Id] })).Items.length, 1);
        const two = await projects.list({ skip: 1, take: 2 });
        assert.deepEqual(two.Items.map((it) => it.Id), page.Items.slice(1, 3).map((it) => it.Id));
        const found = (await projects.list({ partialName: "web" })).Items;
        assert.ok(found.length > 0 && found.every((it) => /web/i.test(it.Name)));
    });
    await check("environments, by both routes", async () => {
        const environments = new octopus.EnvironmentRepository(client, space);
        const page = await environments.list({ skip: 0, take: EVERYTHING });
        isCollection(page);
        const production = named(page, "Production");
        holds(production, { Id: id("Environments"), SpaceId: id("Spaces"), SortOrder: "number", UseGuidedFailure: "boolean", AllowDynamicInfrastructure: "boolean" });
        assert.equal((await environments.get(production.Id)).Name, "Production");
        const alike = await environments.list({ partialName: "Production" });
        assert.deepEqual(alike.Items.map((it) => it.Name).sort(), ["Pre-Production", "Production"]);
        const newer = await new octopus.EnvironmentV2Repository(client, space).list({ ids: [production.Id], skip: 0, take: 1 });
        assert.equal(newer.Items[0].Name, "Production");
        const machines = await environments.machines(production, { skip: 0, take: 10 });
        holds(machines.Items[0], { Id: id("Machines"), Name: "string", Roles: list, EnvironmentIds: list, IsDisabled: "boolean" });
    });
    await check("lifecycles", async () => {
        const page = await new octopus.LifecycleRepository(client, space).list({ skip: 0, take: EVERYTHING });
        isCollection(page);
        const phases = named(page, "Standard").Phases;
        assert.deepEqual(phases.map((it) => it.Name), ["Development", "Test", "Production"]);
        for (const phase of phases) {
            holds(phase, { IsOptionalPhase: "boolean", MinimumEnvironmentsBeforePromotion: "number", OptionalDeploymentTargets: list, AutomaticDeploymentTargets: list });
        }
    });
    await check("tenants and their tags", async () => {
        const tenants = new octopus.TenantRepository(client, space);
        const page = await tenants.list({ skip: 0, take: EVERYTHING });
        isCollection(page);
        const acme = named(page, "Acme");
        holds(acme, { Id: id("Tenants"), SpaceId: id("Spaces"), TenantTags: list, ProjectEnvironments: "object" });
        assert.equal((await tenants.get(acme.Id)).Name, "Acme");
        const european = await tenants.list({ tags: "Region/EU" });
        assert.deepEqual(european.Items.map((it) => it.Name).sort(), ["Acme", "Initech"]);
        const portal = (await new octopus.ProjectRepository(client, space).list({ partialName: "Portal" })).Items[0];
        assert.equal((await tenants.list({ projectId: portal.Id })).Items.length, 3);
        const sets = await new octopus.TagSetRepository(client, space).list({ skip: 0, take: EVERYTHING });
        isCollection(sets);
        holds(named(sets, "Region").Tags[0], { Name: "string", CanonicalTagName: (it) => it.startsWith("Region/") });
    });
    await check("a space that is not there", async () => {
        await assert.rejects(new octopus.ProjectRepository(client, "Nowhere").list(), /Nowhere/);
    });
}

const release = (version, more = {}) => ({ spaceName: "Default", ProjectName: "Web Shop", ReleaseVersion: version, ...more });

async function createsReleases({ client, space }) {
    const releases = new octopus.ReleaseRepository(client, space);
    await check("a release is created, read and found", async () => {
        const made = await releases.create(release("7.0.0", { PackageVersion: "1.4.7", Packages: ["Migrate:scripts:1.4.2"], ReleaseNotes: "Build 482", CustomFields: { Ticket: "OPS-11" } }));
        assert.equal(made.ReleaseVersion, "7.0.0");
        assert.match(made.ReleaseId, /^Releases-\d+$/);
        const read = await releases.get(made.ReleaseId);
        holds(read, { Id: id("Releases"), ProjectId: id("Projects"), ChannelId: id("Channels"), Assembled: moment, SelectedPackages: list, SelectedGitResources: list, BuildInformation: list, LibraryVariableSetSnapshotIds: list, ProjectVariableSetSnapshotId: "string", ProjectDeploymentProcessSnapshotId: "string", Links: "object" });
        assert.equal(read.ReleaseNotes, "Build 482");
        assert.deepEqual(read.CustomFields, { Ticket: "OPS-11" });
        const chosen = Object.fromEntries(read.SelectedPackages.map((it) => [`${it.ActionName}:${it.PackageReferenceName}`, it.Version]));
        assert.deepEqual(chosen, { "Migrate:": "1.4.7", "Migrate:scripts": "1.4.2", "Deploy web:": "1.4.7" });
        const all = await releases.list({ skip: 0, take: EVERYTHING });
        assert.ok(all.Items.some((it) => it.Id === made.ReleaseId));
        const found = await releases.listForProject(read.ProjectId, { searchByVersion: "7.0.0" });
        assert.deepEqual(found.Items.map((it) => it.Id), [made.ReleaseId]);
    });
    await check("the server numbers a release without a version", async () => {
        const made = await releases.create(release(undefined));
        assert.match(made.ReleaseVersion, /^\d+\.\d+\.\d+$/);
    });
    await check("the same version again is refused, or handed back where that is asked for", async () => {
        await assert.rejects(releases.create(release("7.0.0")), refusal(400, /7\.0\.0.*already exists/));
        const again = await releases.create(release("7.0.0", { IgnoreIfAlreadyExists: true }));
        assert.equal(again.ReleaseVersion, "7.0.0");
    });
    await check("a version-controlled project wants a git reference, another none", async () => {
        const infra = (more) => releases.create(release("7.0.0", { ProjectName: "infra", ...more }));
        await assert.rejects(infra({}), { StatusCode: 400 });
        const made = await infra({ GitRef: "refs/heads/main" });
        assert.equal((await releases.get(made.ReleaseId)).VersionControlReference.GitRef, "refs/heads/main");
        await assert.rejects(releases.create(release("7.0.1", { GitRef: "refs/heads/main" })), { StatusCode: 400 });
    });
}

// A test for an error that the server answered: its status, and words in its message or its list.
const refusal = (status, words) => (error) => {
    assert.equal(error.StatusCode, status, `${error.stack}`);
    assert.match([error.ErrorMessage, ...(error.Errors ?? [])].join("\n"), words);
    return true;
};

const deployment = (project, version, environments, more = {}) =>
    ({ spaceName: "Default", ProjectName: project, ReleaseVersion: version, EnvironmentNames: environments, ...more });

// Creates the release and deploys it; the tasks.
async function deploy({ client, space }, project, version, environments, more) {
    const made = { spaceName: space, ProjectName: project, ReleaseVersion: version, IgnoreIfAlreadyExists: true };
    await new octopus.ReleaseRepository(client, space).create(made);
    const command = deployment(project, version, environments, more);
    const answer = await new octopus.DeploymentRepository(client, space).create(command);
    for (const task of answer.DeploymentServerTasks) {
        holds(task, { DeploymentId: id("Deployments"), ServerTaskId: id("ServerTasks") });
    }
    return answer.DeploymentServerTasks;
}

const ids = (tasks) => tasks.map((it) => it.ServerTaskId);

async function finished({ client, space }, tasks, seen) {
    const waiter = new octopus.ServerTaskWaiter(client, space);
    const done = await waiter.waitForServerTasksToComplete(ids(tasks), POLL, PATIENCE, seen);
    assert.equal(done.length, tasks.length, "not every task finished in time");
    return done;
}

async function deploysAndWaits(world) {
    const { client, space } = world;
    const deployments = new octopus.DeploymentRepository(client, space);
    const tasks = new octopus.SpaceServerTaskRepository(client, space);
    await check("a deployment is created, waited for and read", async () => {
        const states = new Set();
        const [created] = await deploy(world, "Web Shop", "7.1.0", ["Development"]);
        const done = await new octopus.ServerTaskWaiter(client, space)
            .waitForServerTaskToComplete(created.ServerTaskId, POLL, PATIENCE, (task) => states.add(task.State));
        assert.ok(states.has("Executing") && states.has("Success"), `it saw ${[...states]}`);
        assert.equal(done.FinishedSuccessfully, true);
        holds(done, { Id: id("ServerTasks"), Name: "string", Description: "string", State: "string", Completed: "string", QueueTime: moment, StartTime: moment, CompletedTime: moment, LastUpdatedTime: moment, Duration: "string", ErrorMessage: "string", IsCompleted: "boolean", HasPendingInterruptions: "boolean", HasWarningsOrErrors: "boolean", HasBeenPickedUpByProcessor: "boolean", CanRerun: "boolean", Arguments: "object" });
        assert.equal(done.Arguments.DeploymentId, created.DeploymentId);

        const read = await deployments.get(created.DeploymentId);
        holds(read, { Id: id("Deployments"), ReleaseId: id("Releases"), EnvironmentId: id("Environments"), ProjectId: id("Projects"), ChannelId: id("Channels"), TaskId: id("ServerTasks"), Created: moment, Changes: list, SkipActions: list, SpecificMachineIds: list, ExcludedMachineIds: list, FormValues: "object", ForcePackageDownload: "boolean", ForcePackageRedeployment: "boolean", UseGuidedFailure: "boolean", ManifestVariableSetId: "string" });
        const found = await deployments.list({ projects: [read.ProjectId], environments: [read.EnvironmentId], taskState: "Success", take: 1 });
        assert.deepEqual(found.Items.map((it) => it.Id), [created.DeploymentId]);
        assert.equal((await deployments.list({ projects: [read.ProjectId], environments: [read.EnvironmentId], taskState: "Failed" })).Items.length, 0);
    });
    await check("the task's log, as a tree and as text", async () => {
        const [created] = await deploy(world, "Web Shop", "7.2.0", ["Development"]);
        await finished(world, [created]);
        const details = await tasks.getDetails(created.ServerTaskId);
        holds(details, { Task: "object", Progress: "object", PhysicalLogSize: "number", ActivityLogs: list });
        holds(details.Progress, { ProgressPercentage: (it) => it === 100, EstimatedTimeRemaining: "string" });
        const steps = details.ActivityLogs[0].Children;
        assert.deepEqual(steps.map((it) => it.Name.replace(/^Step \d+: /, "")).filter((it) => /web|Migrate|Smoke/.test(it)), ["Migrate", "Deploy web", "Smoke test"]);
        const lines = [];
        const walk = (node) => {
            holds(node, { Id: "string", Name: "string", Status: (it) => it in octopus.ActivityStatus, Started: moment, Ended: moment, Children: list, LogElements: list, ShowAtSummaryLevel: "boolean", ProgressPercentage: "number" });
            for (const line of node.LogElements) {
                holds(line, { Category: (it) => it in octopus.ActivityLogEntryCategory, OccurredAt: moment, MessageText: "string" });
                lines.push(line.MessageText);
            }
            node.Children.forEach(walk);
        };
        details.ActivityLogs.forEach(walk);
        assert.ok(lines.some((it) => it.includes("Unpacking 7.2.0")), lines.join("\n"));
        const raw = await tasks.getRaw(created.ServerTaskId);
        assert.ok(String(raw).includes("Unpacking 7.2.0"));
        assert.equal((await tasks.getById(created.ServerTaskId)).Id, created.ServerTaskId);
    });
    await check("two environments in one request are two tasks, in one bulk request", async () => {
        await finished(world, await deploy(world, "Quick Shop", "7.0.0", ["Development"]));
        const created = await deploy(world, "Quick Shop", "7.0.0", ["Test", "Pre-Production"]);
        assert.equal(created.length, 2);
        const done = await finished(world, created);
        assert.ok(done.every((it) => it.FinishedSuccessfully));
        const read = await deployments.list({ ids: created.map((it) => it.DeploymentId) });
        assert.equal(new Set(read.Items.map((it) => it.EnvironmentId)).size, 2);
        assert.equal((await tasks.getByIds(ids(created))).length, 2);
    });
    await check("every option that the command has", async () => {
        const [created] = await deploy(world, "Web Shop", "7.2.0", ["Development"], { ForcePackageDownload: true, ForcePackageRedeployment: true, UpdateVariableSnapshot: true, SpecificMachineNames: ["dev-01"], ExcludedMachineNames: ["dev-02"], SkipStepNames: ["Smoke test"], UseGuidedFailure: true, Variables: {} });
        const read = await deployments.get(created.DeploymentId);
        assert.equal(read.ForcePackageDownload, true);
        assert.equal(read.ForcePackageRedeployment, true);
        assert.equal(read.UseGuidedFailure, true);
        assert.equal(read.SkipActions.length, 1);
        assert.equal(read.SpecificMachineIds.length, 1);
        assert.equal(read.ExcludedMachineIds.length, 1);
        assert.ok((await finished(world, [created]))[0].FinishedSuccessfully);
    });
    await check("a deployment for later stays in the queue", async () => {
        const later = new Date(Date.now() + 3_600_000);
        const [created] = await deploy(world, "Shaky Shop", "7.0.0", ["Development"], { RunAt: later, NoRunAfter: new Date(later.getTime() + 60_000) });
        const task = await tasks.getById(created.ServerTaskId);
        assert.equal(task.State, "Queued");
        assert.equal(Date.parse(task.QueueTime), later.getTime());
        await new octopus.ServerTaskRepository(client).cancel(created.ServerTaskId);
        assert.equal((await tasks.getById(created.ServerTaskId)).State, "Canceled");
    });
    await check("a prompted variable is wanted, and taken by its name", async () => {
        await assert.rejects(deploy(world, "Asking Shop", "7.0.0", ["Development"]), refusal(400, /Approver|Who approves/));
        const created = await deploy(world, "Asking Shop", "7.0.0", ["Development"], { Variables: { Approver: "ann" } });
        assert.ok((await finished(world, created))[0].FinishedSuccessfully);
    });
}

async function deploysToTenants(world) {
    const { client, space } = world;
    const releases = new octopus.ReleaseRepository(client, space);
    const deployments = new octopus.DeploymentRepository(client, space);
    const tenanted = (version, more) => deployments.createTenanted({ spaceName: space, ProjectName: "Portal", ReleaseVersion: version, EnvironmentName: "Development", Tenants: [], TenantTags: [], ...more });
    const names = async (created) => {
        const read = await deployments.list({ ids: created.DeploymentServerTasks.map((it) => it.DeploymentId) });
        const tenants = await new octopus.TenantRepository(client, space).list({ ids: read.Items.map((it) => it.TenantId) });
        return tenants.Items.map((it) => it.Name).sort();
    };
    await check("tenants by name", async () => {
        await releases.create({ spaceName: space, ProjectName: "Portal", ReleaseVersion: "7.0.0" });
        const created = await tenanted("7.0.0", { Tenants: ["Acme", "Globex"] });
        assert.equal(created.DeploymentServerTasks.length, 2);
        assert.deepEqual(await names(created), ["Acme", "Globex"]);
        const done = await finished(world, created.DeploymentServerTasks);
        assert.ok(done.every((it) => it.FinishedSuccessfully));
    });
    await check("tenants by tag, and all that can be deployed to", async () => {
        await releases.create({ spaceName: space, ProjectName: "Portal", ReleaseVersion: "7.1.0" });
        assert.deepEqual(await names(await tenanted("7.1.0", { TenantTags: ["Region/US"] })), ["Globex"]);
        assert.deepEqual(await names(await tenanted("7.1.0", { Tenants: ["*"] })), ["Acme", "Globex"]);
    });
    await check("no tenant at all deploys nothing, which the library calls an error", async () => {
        await assert.rejects(tenanted("7.1.0", {}), /No server task details returned/);
    });
    await check("a tenanted project is not deployed without a tenant", async () => {
        await assert.rejects(deploy(world, "Portal", "7.1.0", ["Development"]), { StatusCode: 400 });
    });
}

async function seesTasksFailAndStop(world) {
    const { client, space } = world;
    const waiter = new octopus.ServerTaskWaiter(client, space);
    await check("a failed task says why", async () => {
        const [task] = await finished(world, await deploy(world, "Broken Shop", "7.0.0", ["Development"]));
        assert.equal(task.State, "Failed");
        assert.equal(task.FinishedSuccessfully, false);
        assert.ok(task.ErrorMessage.length > 0);
    });
    await check("a task with warnings passed", async () => {
        const [task] = await finished(world, await deploy(world, "Shaky Shop", "7.1.0", ["Development"]));
        assert.equal(task.FinishedSuccessfully, true);
        assert.equal(task.HasWarningsOrErrors, true);
    });
    await check("a task that waits for a person goes on executing, until it is cancelled on time-out", async () => {
        const [created] = await deploy(world, "Careful Shop", "7.0.0", ["Development"]);
        const seen = [];
        const waiting = waiter.waitForServerTaskToComplete(created.ServerTaskId, POLL, 600, (task) => seen.push(task), true);
        await assert.rejects(waiting, /Timeout reached/);
        assert.ok(seen.some((it) => it.State === "Executing" && it.HasPendingInterruptions));
        const [task] = await finished(world, [created]);
        assert.equal(task.State, "Canceled");
    });
    await check("an unknown task", async () => {
        await assert.rejects(waiter.waitForServerTaskToComplete("ServerTasks-999999", POLL, PATIENCE), /ServerTasks-999999/);
    });
}

async function isRefused(world) {
    const { sandbox, client, space } = world;
    await check("an environment that is not reached yet", async () => {
        await assert.rejects(deploy(world, "Web Shop", "7.0.0", ["Production"]), refusal(400, /Production/));
    });
    await check("a frozen environment", async () => {
        await finished(world, await deploy(world, "Frozen Shop", "7.0.0", ["Development"]));
        await assert.rejects(deploy(world, "Frozen Shop", "7.0.0", ["Test"]), refusal(400, /freeze|frozen/i));
        const override = { DeploymentFreezeNames: ["Year end"], DeploymentFreezeOverrideReason: "A repair" };
        const created = await deploy(world, "Frozen Shop", "7.0.0", ["Test"], override);
        assert.equal(created.length, 1);
    });
    await check("unknown names", async () => {
        await assert.rejects(deploy(world, "Web Shop", "7.0.0", ["Nowhere"]), refusal(400, /Nowhere/));
        const none = new octopus.ReleaseRepository(client, space).create(release("1.0.0", { ProjectName: "No Such" }));
        await assert.rejects(none, refusal(400, /No Such/));
    });
    await check("no environment at all deploys nothing, which the library calls an error", async () => {
        await assert.rejects(deploy(world, "Web Shop", "7.0.0", []), /No server task details returned/);
    });
    await check("a wrong key", async () => {
        const stranger = await connect(sandbox, "API-STRANGERSTRANGER");
        await assert.rejects(new octopus.SpaceRepository(stranger).list(), refusal(401, /./));
    });
    await check("a key that may only read", async () => {
        const reader = await connect(sandbox, "API-SANDBOXREADONLYREADONLYREA");
        assert.ok((await new octopus.ProjectRepository(reader, space).list()).Items.length > 0);
        const made = new octopus.ReleaseRepository(reader, space).create(release("7.9.0"));
        await assert.rejects(made, refusal(403, /ReleaseCreate/));
    });
}

// Routes for which the library has no class are asked for with its own request method.
async function readsCurrentRoutes({ client, space }) {
    const prefix = octopus.spaceScopedRoutePrefix;
    const ask = (path, more = {}) => client.request(`${prefix}${path}`, { spaceName: space, ...more });
    await check("channels, progression, dashboard and freezes", async () => {
        const shop = named(await new octopus.ProjectRepository(client, space).list({ partialName: "Web Shop" }), "Web Shop");
        const channels = await ask(`/projects/${shop.Id}/channels{?skip,take,partialName}`, { skip: 0, take: EVERYTHING });
        isCollection(channels);
        holds(named(channels, "Default"), { Id: id("Channels"), ProjectId: (it) => it === shop.Id, IsDefault: (it) => it === true, Rules: list });
        const progression = await ask(`/projects/${shop.Id}/progression{?releaseHistoryCount}`, { releaseHistoryCount: 30 });
        const [environment, there] = Object.entries(progression.Releases.find((it) => it.Release.Version === "7.1.0").Deployments)[0];
        assert.ok(progression.Environments.some((it) => it.Id === environment));
        assert.equal(there[0].State, "Success");
        const board = await ask("/dashboard{?projectId}", { projectId: shop.Id });
        assert.ok(board.Items.every((it) => it.ProjectId === shop.Id) && board.Items.length > 0);
        const freezes = await client.get(`${octopus.apiLocation}/deploymentfreezes`);
        assert.equal(freezes.DeploymentFreezes[0].Name, "Year end");
        assert.equal(freezes.Count, 1);
    });
}

main(process.argv[2]).catch((error) => {
    console.log(`the checks broke off: ${error.stack ?? error}`);
    console.log(`${count.passed} passed, ${count.failed + 1} failed, 0 skipped`);
    process.exitCode = 1;
});
