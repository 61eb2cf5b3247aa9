//! Creates, deploys and promotes releases when a build's status changes, waits for the result, and
//! says whether the build passes.
//!
//! The way of a build event through the crate, in the order of its modules:
//!
//! 1. The program collects its arguments, the environment and the event, and prints; that is `src/cli/`.
//! 2. [`ci`] understands the settings and the event, reports every problem at once, decides action by action
//!    what runs and what is skipped for which reason, and words what happens.
//! 3. [`actions`] carries out one action: resolves what is meant, asks for it once, waits for the result.
//! 4. [`backend`] says it in the server's words: what is where, what of an earlier run is taken over, what
//!    became of a request whose answer was lost.
//! 5. [`octopus`] describes each call of the server's interface as a value, and sends it.
//! 6. [`model`] has the nouns that all of them share: names, versions, releases, how to deploy.
//!
//! [`sandbox`] stands on the other side of the wire: a server in memory, to try it all out.
//!
//! # The actions without the program
//!
//! A release is created and deployed, here on a sandbox:
//!
//! ```
//! use std::time::Duration;
//!
//! use promenade::actions::{
//!     CreateOptions, DeployOptions, ReleaseChoice, Session, Stopper, Verdict, VersionChoice, create, deploy,
//! };
//! use promenade::backend::Backend;
//! use promenade::model::{EnvironmentName, ProjectName, ReleaseVersion, Targets};
//! use promenade::octopus::{Client, Connection, Credential, ServerUrl};
//! use promenade::sandbox::{Sandbox, SandboxOptions};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let mut options = SandboxOptions::default();
//! options.scale = 400.0;
//! let server = Sandbox::start(options).await?;
//!
//! let key = Credential::ApiKey(server.api_key().to_owned().into());
//! let client = Client::new(Connection::new(ServerUrl::parse(server.url())?, key))?;
//! let (read_limit, retry_limit) = (Duration::from_secs(30), Duration::from_secs(120));
//! let backend = Backend::new(client, Some("Default".into()), read_limit, retry_limit);
//! let (_stopper, stop) = Stopper::new();
//! let session = Session { backend: &backend, build: None, say: &|notice| println!("{notice:?}"), stop: &stop };
//!
//! let project = ProjectName::new("Web Shop");
//! let version = VersionChoice::Exact(ReleaseVersion::new("1.5.0"));
//! let created = create(&session, &CreateOptions::new(project.clone(), version)).await?;
//!
//! let release = ReleaseChoice::This(created.releases[0].clone());
//! let to = Targets::one(EnvironmentName::new("Development"));
//! let deployed = deploy(&session, &DeployOptions::new(project, release, to)).await?;
//! assert_eq!(deployed.verdict(), Verdict::Passed);
//! # server.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod ci;

pub mod actions;

pub mod backend;

pub mod octopus;

pub mod model;

pub mod sandbox;
