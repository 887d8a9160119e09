//! Why a connection, a handshake or an answer failed.

use core::fmt;

/// An enum of causes, each with its stable name and with the words that go on from the failure's own.
macro_rules! causes {
    ($(#[$attribute:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal, $text:literal;)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// A stable name in snake case.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)+
                })
            }
        }
    };
}

causes! {
    /// Why no connection came about.
    ConnectCause {
        /// The host's name cannot be looked up.
        HostNotFound = "host_not_found", "the name of the host is not known";
        /// Nobody listens at the address.
        Refused = "refused", "nobody is listening there";
        /// No way leads to the address.
        Unreachable = "unreachable", "the network cannot reach it";
        /// It took longer than the client allows for connecting.
        TooSlow = "too_slow", "connecting took too long";
        /// The other side closed the connection before the request was sent.
        Closed = "closed", "the connection was closed before anything was sent";
    }
}

causes! {
    /// Why a TLS handshake failed.
    TlsCause {
        /// The certificate's time is over, or this machine's clock is fast.
        Expired = "expired", "the server's certificate has expired";
        /// The certificate's time has not come, or this machine's clock is slow.
        NotYetValid = "not_yet_valid", "the server's certificate is not valid yet";
        /// The certificate names other hosts.
        WrongName = "wrong_name", "the server's certificate is for another name";
        /// Nobody who is trusted vouches for the certificate.
        UnknownAuthority = "unknown_authority", "the server's certificate comes from an authority that is not trusted";
        /// The server shows the certificate of an authority as its own.
        AuthorityAsServer = "authority_as_server", "the server shows the certificate of an authority as its own";
        /// The certificate was taken back.
        Revoked = "revoked", "the server's certificate was revoked";
        /// The certificate cannot be used for another reason.
        BadCertificate = "bad_certificate", "the server's certificate cannot be used";
        /// What answers at the port does not speak TLS.
        NotTls = "not_tls", "the server does not speak TLS at this port";
        /// The server wants a certificate of the client and got none.
        ClientCertificateRequired = "client_certificate_required", "the server asks for a client certificate";
        /// The server does not take the client's certificate.
        ClientCertificateRefused = "client_certificate_refused", "the server does not accept the client certificate";
        /// The server broke the handshake off without a reason: servers do so for want of a client certificate too.
        Refused = "refused", "the server broke it off; it may ask for a client certificate, or use a key or cipher that is not supported";
        /// No version of TLS that both sides know.
        Version = "version", "the server speaks no version of TLS that is still safe";
        /// No cipher, key exchange or signature that both sides know, such as one on the curve P-521.
        Algorithm = "algorithm", "the server uses a cipher, key or signature that is not supported";
    }
}

causes! {
    /// A content coding (RFC 9110 section 8.4.1).
    Coding {
        /// `gzip` or `x-gzip`.
        Gzip = "gzip", "gzip";
        /// `deflate`.
        Deflate = "deflate", "deflate";
        /// `br`.
        Brotli = "br", "br";
        /// `compress` or `x-compress`.
        Compress = "compress", "compress";
        /// `zstd`.
        Zstd = "zstd", "zstd";
    }
}

impl Coding {
    /// The coding with this name, in capital or small letters.
    ///
    /// ```
    /// use device_flow_core::Coding;
    ///
    /// assert_eq!(Coding::of("X-GZip"), Some(Coding::Gzip));
    /// assert_eq!(Coding::of("rot13"), None);
    /// ```
    pub fn of(name: &str) -> Option<Self> {
        const NAMES: [(&str, Coding); 7] = [
            ("gzip", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("deflate", Coding::Deflate),
            ("br", Coding::Brotli),
            ("compress", Coding::Compress),
            ("x-compress", Coding::Compress),
            ("zstd", Coding::Zstd),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, coding)| *coding)
    }
}

causes! {
    /// What is wrong with an answer as HTTP (RFC 9112).
    HttpCause {
        /// It does not begin as HTTP does.
        NotHttp = "not_http", "it does not begin with a status line";
        /// A line of the head is no header field.
        Head = "head", "a header field is malformed";
        /// The head is longer than 64 KiB or has more than 256 fields, or too many interim answers came.
        HeadTooLarge = "head_too_large", "its head is larger than the limit";
        /// The lengths that it announces are no numbers or disagree.
        Length = "length", "the length that it announces is malformed";
        /// A chunk of the body is malformed.
        Chunk = "chunk", "a chunk of its body is malformed";
        /// The body is not in the coding that it is said to be in, or ends too early.
        Coding = "coding", "its body is not in the content coding that it names";
    }
}
