//! A gate before a service: while it is shut nobody is there, while it is mute somebody is there who says nothing, while it is barred
//! whoever comes is turned away at once.

use anyhow::Context;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of those who come.
#[derive(Clone, Copy)]
enum Way {
    Through,
    Mute,
    Barred,
}

/// What clients connect to instead of the service.
pub struct Gate {
    address: SocketAddr,
    service: String,
    open: Option<JoinHandle<()>>,
}

impl Gate {
    /// An open gate on a free port before the service at `host:port`.
    pub async fn before(service: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut gate = Self { address: listener.local_addr()?, service: service.to_owned(), open: None };
        gate.keep(listener, Way::Through);
        Ok(gate)
    }

    /// Where clients find it, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Cuts every connection and takes no more.
    pub async fn shut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            // An aborted task ends with the news that it was.
            let _ = open.await;
        }
    }

    /// Lets everybody through again.
    pub async fn open(&mut self) -> anyhow::Result<()> {
        self.again(Way::Through).await
    }

    /// Cuts every connection, takes new ones and never says a word on them.
    pub async fn mute(&mut self) -> anyhow::Result<()> {
        self.again(Way::Mute).await
    }

    /// Cuts every connection and each new one at once, which no client takes for a service that is only starting.
    pub async fn bar(&mut self) -> anyhow::Result<()> {
        self.again(Way::Barred).await
    }

    async fn again(&mut self, way: Way) -> anyhow::Result<()> {
        self.shut().await;
        let listener = TcpListener::bind(self.address).await.context("the gate's port")?;
        self.keep(listener, way);
        Ok(())
    }

    fn keep(&mut self, listener: TcpListener, way: Way) {
        let service = self.service.clone();
        self.open = Some(tokio::spawn(async move {
            // Ends with the task, and every connection with it.
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((client, _)) = accepted {
                        connections.spawn(pass(client, service.clone(), way));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        }));
    }
}

async fn pass(mut client: TcpStream, service: String, way: Way) {
    match way {
        Way::Through => {}
        Way::Mute => return std::future::pending().await,
        Way::Barred => return,
    }
    let Ok(mut server) = TcpStream::connect(&service).await else { return };
    // Either side may leave at any time.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}
