//! A gate in front of a server or a proxy: it passes connections on until it is told to do something else to them.

mod connection;

use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// A listener on loopback whose connections lead to a target. It is gone when dropped, with all its connections.
#[derive(Debug)]
pub(crate) struct Gate {
    address: SocketAddr,
    orders: watch::Sender<Orders>,
}

/// What the gate does to a connection.
#[derive(Clone, Debug)]
pub(crate) enum Conduct {
    /// Passes on what both sides say.
    Pass,
    /// Does not listen.
    Refuse,
    /// Accepts and resets.
    Reset,
    /// Accepts and closes.
    Close,
    /// Accepts and says nothing.
    Silent,
    /// Says this when the client has said something, and closes.
    Say(Vec<u8>),
    /// Shakes hands as this server, and closes.
    Handshake(Arc<ServerConfig>),
    /// Passes on so many bytes of the server's and breaks off.
    BreakOff { after: usize, cut: Cut },
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Close,
    Reset,
}

/// What becomes of the connections that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Present {
    Stay,
    End(Cut),
    /// By saying this first.
    EndWith(&'static [u8]),
    /// When the client says something, which does not arrive.
    EndAtRequest(Cut),
}

#[derive(Clone, Debug)]
struct Orders {
    coming: Conduct,
    present: Present,
}

impl Gate {
    /// Opens a gate to this target; what it does to the first connections is `conduct`.
    pub(crate) fn open(runtime: &Handle, target: SocketAddr, conduct: Conduct) -> io::Result<Self> {
        let keeper = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = keeper.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let _inside = runtime.enter();
        let listener = if matches!(conduct, Conduct::Refuse) { None } else { Some(listen(address)?) };
        let (orders, received) = watch::channel(Orders { coming: conduct, present: Present::Stay });
        runtime.spawn(serve(keeper, listener, target, received));
        Ok(Self { address, orders })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the connections that there are and does this to those that come.
    pub(crate) fn strike(&self, conduct: Conduct) {
        self.order(Orders { coming: conduct, present: Present::End(Cut::Close) });
    }

    /// Ends the connections that there are.
    pub(crate) fn end(&self, cut: Cut) {
        self.order(Orders { coming: Conduct::Pass, present: Present::End(cut) });
    }

    /// Says this on the connections that there are, and ends them.
    pub(crate) fn end_with(&self, words: &'static [u8]) {
        self.order(Orders { coming: Conduct::Pass, present: Present::EndWith(words) });
    }

    /// Ends the connections that there are as soon as the client says something on them.
    pub(crate) fn end_at_request(&self, cut: Cut) {
        self.order(Orders { coming: Conduct::Pass, present: Present::EndAtRequest(cut) });
    }

    /// Passes on whatever comes from now on.
    pub(crate) fn heal(&self) {
        self.order(Orders { coming: Conduct::Pass, present: Present::Stay });
    }

    fn order(&self, orders: Orders) {
        self.orders.send_replace(orders);
    }
}

/// `keeper` is bound and does not listen: while nobody does, connections are refused, and the port stays taken.
async fn serve(
    keeper: Socket,
    mut listener: Option<TcpListener>,
    target: SocketAddr,
    mut orders: watch::Receiver<Orders>,
) -> io::Result<()> {
    let address = keeper.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    loop {
        let is_refusing = matches!(orders.borrow_and_update().coming, Conduct::Refuse);
        listener = match listener {
            _ if is_refusing => None,
            Some(listener) => Some(listener),
            None => Some(listen(address)?),
        };
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => core::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accepted => {
                let Ok((client, _)) = accepted else { continue };
                let conduct = orders.borrow().coming.clone();
                tokio::spawn(connection::serve(client, target, conduct, orders.clone()));
            }
            changed = orders.changed() => if changed.is_err() { return Ok(()) },
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bound(address)?;
    socket.listen(64)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}
