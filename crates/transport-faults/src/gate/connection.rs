//! One connection through the gate.

use super::{Conduct, Cut, Orders, Present};
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::WriteHalf;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Longer than any client waits.
const FOR_EVER: Duration = Duration::from_secs(120);
/// How long a client may take to read what it was told and hang up.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a connection; what goes wrong with it is what was asked for, or the client's own doing.
pub(super) async fn serve(
    client: TcpStream,
    target: SocketAddr,
    conduct: Conduct,
    orders: watch::Receiver<Orders>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    match conduct {
        Conduct::Pass => Box::pin(pass(client, target, None, orders)).await,
        Conduct::BreakOff { after, cut } => Box::pin(pass(client, target, Some((after, cut)), orders)).await,
        Conduct::Refuse | Conduct::Reset => end(client, Cut::Reset),
        Conduct::Close => end(client, Cut::Close),
        Conduct::Silent => hang(client, FOR_EVER).await,
        Conduct::Say(bytes) => say(client, &bytes).await,
        Conduct::Handshake(config) => {
            // The alert has been sent when this fails.
            let failed = TlsAcceptor::from(config).accept(client).into_fallible().await.err();
            match failed {
                Some((_, client)) => hang(client, LINGER).await,
                None => Ok(()),
            }
        }
    }
}

fn end(client: TcpStream, cut: Cut) -> io::Result<()> {
    if cut == Cut::Reset {
        SockRef::from(&client).set_linger(Some(Duration::ZERO))?;
    }
    drop(client);
    Ok(())
}

async fn say(mut client: TcpStream, bytes: &[u8]) -> io::Result<()> {
    // However much of it there is.
    let _ = client.read(&mut [0; 4096]).await?;
    client.write_all(bytes).await?;
    client.shutdown().await?;
    hang(client, LINGER).await
}

/// Reads and forgets until the client hangs up, so that no reset destroys what it has yet to read.
async fn hang(mut client: TcpStream, at_most: Duration) -> io::Result<()> {
    let is_gone = async {
        let mut ignored = [0; 1024];
        while !matches!(client.read(&mut ignored).await, Ok(0) | Err(_)) {}
    };
    // Either end of the wait is the one that was asked for.
    let _ = timeout(at_most, is_gone).await;
    Ok(())
}

/// Passes on what both sides say, until one of them ends, an order comes, or so many bytes of the server's have passed.
async fn pass(
    mut client: TcpStream,
    target: SocketAddr,
    limit: Option<(usize, Cut)>,
    mut orders: watch::Receiver<Orders>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    orders.borrow_and_update();
    let cut = {
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
        let mut left = limit.map_or(usize::MAX, |(after, _)| after);
        let (mut upwards, mut downwards) = ([0; 16 * 1024], [0; 16 * 1024]);
        let mut at_request = None;
        loop {
            tokio::select! {
                said = from_client.read(&mut upwards) => match (said, at_request) {
                    (Ok(1..), Some(cut)) => break cut,
                    (said, _) => if let Some(cut) = forward(said, &upwards, &mut to_server).await { break cut },
                },
                said = from_server.read(at_most(&mut downwards, left)), if left > 0 => {
                    if let Ok(count) = said {
                        left = left.saturating_sub(count);
                    }
                    if let Some(cut) = forward(said, &downwards, &mut to_client).await { break cut }
                    if let Some((_, cut)) = limit.filter(|_| left == 0) { break cut }
                }
                changed = orders.changed() => {
                    if changed.is_err() {
                        break Cut::Close;
                    }
                    let present = orders.borrow_and_update().present;
                    match present {
                        Present::Stay => {}
                        Present::End(cut) => break cut,
                        Present::EndAtRequest(cut) => at_request = Some(cut),
                        Present::EndWith(words) => {
                            to_client.write_all(words).await?;
                            break Cut::Close;
                        }
                    }
                }
            }
        }
    };
    drop(server);
    end(client, cut)
}

/// Passes on what was read; says how the connection ends when it does.
async fn forward(said: io::Result<usize>, bytes: &[u8], to: &mut WriteHalf<'_>) -> Option<Cut> {
    match said {
        Ok(0) => Some(Cut::Close),
        Ok(count) => to.write_all(bytes.get(..count)?).await.err().map(|_| Cut::Close),
        Err(_) => Some(Cut::Reset),
    }
}

fn at_most(buffer: &mut [u8], count: usize) -> &mut [u8] {
    let count = count.min(buffer.len());
    buffer.get_mut(..count).unwrap_or_default()
}
