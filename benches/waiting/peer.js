// The vendor's client does what promenade does, in the shortest way that it offers.
//
//   node peer.js create PROJECT VERSION ENVIRONMENT      a release, and its deployment
//   node peer.js promote PROJECT FROM TO                 what stands in FROM, to TO
//   node peer.js wait PROJECT VERSION ENVIRONMENT POLL   a deployment, and its end
"use strict";

const octopus = require("@octopusdeploy/api-client");

const SPACE = "Default";

async function main([what, ...words]) {
    const { OCTOPUS_URL: instanceURL, OCTOPUS_API_KEY: apiKey } = process.env;
    const client = await octopus.Client.create({ userAgentApp: "promenade-benches", instanceURL, apiKey });
    await { create, promote, wait }[what](client, ...words);
}

const deploy = (client, project, version, environment) =>
    new octopus.DeploymentRepository(client, SPACE)
        .create({ spaceName: SPACE, ProjectName: project, ReleaseVersion: version, EnvironmentNames: [environment] });

async function create(client, project, version, environment) {
    const release = { spaceName: SPACE, ProjectName: project, ReleaseVersion: version };
    const made = await new octopus.ReleaseRepository(client, SPACE).create(release);
    await deploy(client, project, made.ReleaseVersion, environment);
}

const exactly = (page, name) => page.Items.find((it) => it.Name === name);

async function promote(client, project, from, to) {
    const found = exactly(await new octopus.ProjectRepository(client, SPACE).list({ partialName: project }), project);
    const source = exactly(await new octopus.EnvironmentRepository(client, SPACE).list({ partialName: from }), from);
    const wanted = { projects: [found.Id], environments: [source.Id], taskState: "Success", take: 1 };
    const page = await new octopus.DeploymentRepository(client, SPACE).list(wanted);
    const release = await new octopus.ReleaseRepository(client, SPACE).get(page.Items[0].ReleaseId);
    await deploy(client, project, release.Version, to);
}

async function wait(client, project, version, environment, poll) {
    const made = await deploy(client, project, version, environment);
    const [{ ServerTaskId: task }] = made.DeploymentServerTasks;
    const waiter = new octopus.ServerTaskWaiter(client, SPACE);
    const done = await waiter.waitForServerTaskToComplete(task, Number(poll), 600_000);
    if (!done.FinishedSuccessfully) throw new Error(done.ErrorMessage);
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
