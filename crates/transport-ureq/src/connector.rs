//! Making connections for ureq.

use crate::connection::Connection;
use crate::current;
use device_flow_transport::Caused;
use device_flow_transport::blocking::{Channel, Dialler};
use http::Uri;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

/// Makes connections on the line of the thread that asks for one.
#[derive(Debug)]
pub(crate) struct OnLine(pub(crate) Arc<Dialler>);

impl Connector for OnLine {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Connection>, Error> {
        // Nobody uses this connector but exchanges, and they are on one.
        let line = current::line().ok_or(Error::ConnectionFailed)?;
        let opened = self.0.open(details.uri, &line);
        let (stream, for_proxy) = opened.map_err(|error| Error::Other(Box::new(Caused(line.judge(&error)))))?;
        Ok(Some(Connection(Channel::new(stream, line, for_proxy))))
    }
}

/// Answers for ureq, which wants every name looked up before it looks into its pool. The [`Dialler`] looks names up.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        Ok(addresses)
    }
}
