//! Where hubs knock: the server that hands what they say to the pipeline in force, and wakes the scheduler for what came of it.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::http::{Call, Listener, Method, Reply};
use crate::pipeline::Pipeline;

/// The door; closed unless `[websub] public_url` is configured.
pub(super) struct Door {
    inside: Arc<Inside>,
    open: Option<Open>,
}

struct Inside {
    /// The one in force.
    pipeline: RwLock<Arc<Pipeline>>,
    /// A hub has pushed something.
    knocked: Notify,
}

struct Open {
    /// As the configuration has it.
    listen: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Door {
    /// Begins to answer at this listener, if there is one.
    pub(super) fn new(pipeline: Arc<Pipeline>, listener: Option<Listener>) -> Self {
        let listen = pipeline.config.websub.as_ref().map(|websub| websub.listen);
        let inside = Arc::new(Inside { pipeline: RwLock::new(pipeline), knocked: Notify::new() });
        let mut door = Self { inside, open: None };
        if let (Some(listen), Some(listener)) = (listen, listener) {
            door.serve(listen, listener);
        }
        door
    }

    /// Hands over to the pipeline of a new configuration, and moves where that wishes. Where it can't, feeds are polled.
    pub(super) async fn turn_to(&mut self, pipeline: Arc<Pipeline>) {
        let wished = pipeline.config.websub.as_ref().map(|websub| websub.listen);
        *self.inside.pipeline.write().unwrap_or_else(PoisonError::into_inner) = pipeline;
        if wished == self.open.as_ref().map(|open| open.listen) {
            return;
        }
        self.close().await;
        if let Err(error) = self.inside.pipeline().store.pushes_unheard().await {
            tracing::error!(%error, "feeds that were pushed could not be made to be polled as before");
        }
        let Some(listen) = wished else { return };
        match Listener::bind(listen).await {
            Ok(listener) => self.serve(listen, listener),
            Err(error) => tracing::error!(%error, "hubs can't reach us until the next reload; feeds are polled"),
        }
    }

    /// Until a hub has pushed something.
    pub(super) async fn knocked(&self) {
        self.inside.knocked.notified().await;
    }

    /// Takes no new calls and ends those under way.
    pub(super) async fn close(&mut self) {
        if let Some(Open { stop, serving, .. }) = self.open.take() {
            drop(stop);
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server for hubs ended by a panic; this is a bug in wirepress");
            }
        }
    }

    fn serve(&mut self, listen: SocketAddr, listener: Listener) {
        tracing::info!(address = %listener.address(), "listening for hubs");
        let (stop, stopped) = oneshot::channel::<()>();
        let inside = self.inside.clone();
        let answer = move |call: Call| {
            let inside = inside.clone();
            async move { inside.answer(call).await }
        };
        let serving = tokio::spawn(listener.serve(answer, async { drop(stopped.await) }));
        self.open = Some(Open { listen, stop, serving });
    }
}

impl Inside {
    fn pipeline(&self) -> Arc<Pipeline> {
        self.pipeline.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(&self, call: Call) -> Reply {
        let pipeline = self.pipeline();
        let is_push = call.method == Method::POST;
        let reply = pipeline.called(call).await;
        if is_push && reply.status.is_success() {
            self.knocked.notify_one();
        }
        reply
    }
}
