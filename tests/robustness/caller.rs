//! Requests by one person on a kept connection, and connections that do as they like.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::http::{Answer, CLOSED, Client, Reader, Request, TIMEOUT, basic};
use crate::server::{Server, User};

pub struct Caller {
    client: Client,
    pub authorization: String,
}

impl Caller {
    pub fn new(server: &Server, user: &User) -> Caller {
        Caller {
            client: Client::new(&server.address),
            authorization: basic(&user.name, &user.password),
        }
    }

    /// The same person on another connection.
    pub fn again(&self, server: &Server) -> Caller {
        Caller {
            client: Client::new(&server.address),
            authorization: self.authorization.clone(),
        }
    }

    pub fn try_ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, String> {
        let mut all = vec![
            ("Host".to_owned(), "davbox.test".to_owned()),
            ("Authorization".to_owned(), self.authorization.clone()),
        ];
        all.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self.client.send(&Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: all,
            body: body.map(<[u8]>::to_vec),
            chunked: false,
            await_100: false,
        })
    }

    #[track_caller]
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        self.try_ask(method, target, headers, body)
            .unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    #[track_caller]
    pub fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, &[], None)
    }

    #[track_caller]
    pub fn put(&mut self, target: &str, body: &[u8]) -> Answer {
        self.ask(
            "PUT",
            target,
            &[("Content-Type", "text/calendar")],
            Some(body),
        )
    }

    #[track_caller]
    pub fn delete(&mut self, target: &str) -> Answer {
        self.ask("DELETE", target, &[], None)
    }

    #[track_caller]
    pub fn propfind(&mut self, target: &str, depth: u8) -> Answer {
        self.ask("PROPFIND", target, &[("Depth", &depth.to_string())], None)
    }

    /// The head of a request by this person, ready for the wire; more headers may follow.
    pub fn head(&self, method: &str, target: &str) -> String {
        format!(
            "{method} {target} HTTP/1.1\r\nHost: davbox.test\r\nAuthorization: {}\r\n",
            self.authorization
        )
    }
}

impl Answer {
    #[track_caller]
    pub fn wants(&self, status: u16) -> &Answer {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body[..self.body.len().min(2000)])
        );
        self
    }

    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }
}

/// One connection, byte by byte.
pub struct Wire {
    pub stream: TcpStream,
    reader: Reader,
}

impl Wire {
    pub fn open(server: &Server) -> Wire {
        Wire::of(TcpStream::connect(&server.address).unwrap())
    }

    /// Calls from one of the addresses that loopback has.
    pub fn open_from(from: IpAddr, server: &Server) -> std::io::Result<Wire> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let to: SocketAddr = server.address.parse().unwrap();
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(from, 0))?;
            socket.connect(to).await
        })?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(Wire::of(stream))
    }

    fn of(stream: TcpStream) -> Wire {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Wire {
            stream,
            reader: Reader::default(),
        }
    }

    #[track_caller]
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// The next answer to a request with `method`.
    pub fn hear(&mut self, method: &str) -> Result<Answer, String> {
        let (answer, _) = self.reader.next(&mut self.stream, method)?;
        Ok(answer)
    }

    /// `Ok(None)` where the server closed without a word.
    pub fn hear_or_close(&mut self, method: &str) -> Result<Option<Answer>, String> {
        match self.hear(method) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error == CLOSED => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for the end of the connection and returns what came before it.
    pub fn drained(&mut self, patience: Duration) -> Result<Vec<u8>, String> {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => Ok(rest),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(rest),
            Err(error) => Err(error.to_string()),
        }
    }
}
