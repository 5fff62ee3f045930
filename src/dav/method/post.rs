//! POST to a collection adds a member whose name the server chooses (RFC 5995).

use hyper::StatusCode;
use hyper::header::{ETAG, LOCATION};
use ring::rand::SecureRandom;

use super::{Method, Reads, Run, Running};
use crate::dav::object;
use crate::dav::path::{self, Address, Family};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::request::Request;
use crate::dav::resource::{self, On};
use crate::http::Answer;
use crate::http::href;
use crate::store::Kind;

pub const POST: Method = Method {
    name: "POST",
    on: On::FILLED,
    needs: Privilege::Bind,
    reads: Reads::Object,
    judges_itself: false,
    run: Run::Later(run),
};

fn run(request: Request) -> Running {
    Box::pin(async move {
        let Address::Collection { family, user, slug } = request.address.clone() else {
            return Err(Refusal::not_found());
        };
        let contacts = family == Family::Addressbooks;
        let collection = {
            let snapshot = request.site.store.snapshot()?;
            resource::collection(snapshot.view(), &request.person, family, &user, &slug)?
                .ok_or_else(Refusal::not_found)?
        };
        if matches!(collection.kind, Kind::Inbox | Kind::Outbox) {
            return Err(Refusal::not_allowed(On::INBOX));
        }
        let indexed = object::read(&request, family)?;
        let name = free_name(family)?;
        let (cid, quota, now) = (collection.cid, request.site.limits.quota, request.now);
        let (bytes, target) = (request.body.clone(), name.clone());
        let mut path = path::collection(family, &user, &slug);
        let placed = request
            .site
            .store
            .write(move |w| {
                w.put_object(
                    cid,
                    &target,
                    &bytes,
                    &indexed,
                    |_, e| e.is_none(),
                    quota,
                    now,
                )
            })
            .await
            .map_err(|e| Refusal::of_store(e, &path, contacts))?;
        href::push_segment(&mut path, &name);
        if request.prefer.representation {
            let address = Address::Object {
                family,
                user,
                slug,
                name,
            };
            let answer = object::represented(&request, &address, StatusCode::CREATED)?;
            return Ok(answer.header(LOCATION, &path));
        }
        Ok(Answer::new(StatusCode::CREATED)
            .header(LOCATION, &path)
            .header(ETAG, &placed.etag.to_string()))
    })
}

fn free_name(family: Family) -> Result<String, Refusal> {
    let mut random = [0; 12];
    ring::rand::SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| {
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong in davbox. Nothing was changed.",
            )
        })?;
    let mut name: String = random.iter().map(|b| format!("{b:02x}")).collect();
    name.push_str(match family {
        Family::Calendars => ".ics",
        Family::Addressbooks => ".vcf",
    });
    Ok(name)
}
