//! Creates, deploys and promotes releases when a build's status changes, waits for the result, and
//! says whether the build passes.
//!
//! A build event travels down this list, and its answer travels back up:
//!
//! 1. [`ci`] is the door: a build event and settings become a plan, the plan is carried out, and what happens is
//!    put into words.
//! 2. [`settings`] and [`event`] are what it reads: what may happen, and what did.
//! 3. [`flow`] is what promotion flows are: definitions, and a pure engine that decides what happens next. [`store`]
//!    keeps what was decided, and [`driver`] carries it out.
//! 4. [`actions`] are what can be done: [`actions::create()`], [`actions::deploy()`] and [`actions::promote()`],
//!    and waiting for the result.
//! 5. [`backend`] says what that means where releases live: which release, what is there already, what became of a
//!    request whose answer was lost.
//! 6. [`octopus`] is Octopus Deploy's HTTP API, typed. It knows [`http`] and nothing of the others.
//! 7. [`http`] is what the client of any API needs: the way to a server, limits, retries, what went wrong.
//! 8. [`document`] turns text into a tree that knows its places, [`text`] is what every text passes before it leaves,
//!    and [`model`] holds the nouns that all share.
//!
//! [`generate`] makes the schemas, the manifest, the tables of the documentation and the lists of inputs in the packages
//! from the types. Nothing imports it.
//!
//! [`sandbox`] stands beside them: an Octopus-compatible server in memory, to try things on and to test with. It
//! shares no type with [`octopus`].
//!
//! `docs/architecture.md` tells more, and says who may import whom.
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
//! use promenade::octopus::{Client, Connection, Credential};
//! use promenade::sandbox::{Sandbox, SandboxOptions};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let mut options = SandboxOptions::default();
//! options.scale = 400.0;
//! let server = Sandbox::start(options).await?;
//!
//! let key = Credential::ApiKey(server.api_key().to_owned().into());
//! let client = Client::new(Connection::new(server.url(), key)?)?;
//! let retry_limit = Duration::from_secs(120);
//! let backend = Backend::new(client, Some("Default".into()), retry_limit);
//! let (_stopper, stop) = Stopper::new();
//! let session = Session { backend: &backend, build: None, say: &|notice| println!("{notice:?}"), stop: &stop };
//!
//! let project = ProjectName::new("Web Shop");
//! let version = VersionChoice::Exact(ReleaseVersion::new("1.5.0"));
//! let created = create(&session, &CreateOptions::new(project.clone(), version)).await?;
//!
//! let release = ReleaseChoice::This(created.releases[0].clone());
//! let to = Targets::one(EnvironmentName::new("Development"));
//! let deployed = deploy(&session, release, &DeployOptions::new(project, to)).await?;
//! assert_eq!(deployed.verdict(), Verdict::Passed);
//! # server.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod generate;

pub mod ci;

pub mod driver;

pub mod store;

pub mod flow;

pub mod actions;

pub mod backend;

pub mod octopus;

pub mod http;

pub mod settings;

pub mod event;

pub mod document;

pub mod text;

pub mod model;

pub mod sandbox;
