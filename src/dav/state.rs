//! What an If header says of sync-tokens and of other resources (RFC 4918 section 10.4, RFC 6578
//! section 5), looked up where the request is carried out: in the writer's transaction for a write.

use super::path::Address;
use super::resource::Resource;
use crate::http::conditional::Conditional;
use crate::http::href;
use crate::http::if_header::State;
use crate::signin::Person;
use crate::store::{self, Token, View};

/// Settles `conditional` for a request to `address`.
///
/// # Errors
/// The store's.
pub fn settle(
    conditional: &mut Conditional,
    view: View<'_>,
    person: &Person,
    address: &Address,
) -> Result<(), store::Error> {
    if !conditional.needs_settling() {
        return Ok(());
    }
    let mut failed = None;
    conditional.settle(|tagged, state| {
        let tagged = match tagged {
            None => address.clone(),
            Some(href) => match href::split(href).map(|(_, path)| Address::parse(path)) {
                Some(Ok(address)) => address,
                _ => return Some(false),
            },
        };
        if matches!(state, State::Etag(_)) && tagged == *address {
            return None;
        }
        if super::privilege::of(person, &tagged) == super::privilege::Privileges::NONE {
            return Some(false);
        }
        let found = match Resource::find(view, person, &tagged) {
            Ok(found) => found,
            Err(e) => {
                failed = Some(e);
                None
            }
        };
        let holds = match (state, found) {
            (State::Etag(tag), Some(found)) => found
                .header()
                .is_some_and(|header| header.etag().to_string() == *tag),
            (State::Token(uri), Some(found)) => {
                let token = found.collection().filter(|_| found.header().is_none());
                match token.map(|collection| view.token(collection)) {
                    Some(Ok(now)) => Token::parse(uri) == Some(now),
                    Some(Err(e)) => {
                        failed = Some(e);
                        false
                    }
                    None => false,
                }
            }
            (_, None) => false,
        };
        Some(holds)
    });
    failed.map_or(Ok(()), Err)
}
