//! Sends all recorded requests to simulated clusters, in the same order and concurrency, and compares the responses.
//!
//! Time advances only when a read does not return the recorded result yet: then it advances to the next event, and the
//! read is repeated. So every recorded state is compared, wherever in a leader's cycle of five seconds the recording
//! began.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use consul_peering::simulator::{Options, Outcome, Request, Response};
use regex::Regex;
use serde_json::Value as Json;

use crate::client::{Client, Sent, ms};
use crate::poll::{POLLED_EVERY, Poll, state_of};
use crate::recorded_clusters::{act_after, cluster, known_differences, not_replayed, prepare, side_by_side};
use crate::recorded_response::{RecordedResponse, headers, text};
use crate::recorded_tokens::RecordedTokens;

/// Nothing recorded took longer: a leader's cycle, a stream's second retry, a denied read.
const WITHIN: Duration = ms(15_000);
/// No request took less.
const REQUEST: Duration = ms(1);
/// 2026-11-24T06:00:00Z
const BEGAN: Duration = Duration::from_secs(1_795_500_000);

struct Difference {
    row: usize,
    recorded: String,
    simulated: String,
}

struct Player<'a> {
    file: &'a str,
    exchanges: &'a [Json],
    client: Client,
    tokens: RecordedTokens,
    /// Recorded to simulated.
    indexes: BTreeMap<String, String>,
    index_in_path: Regex,
    compared: usize,
    differences: Vec<Difference>,
}

impl<'a> Player<'a> {
    fn new(file: &'a str, exchanges: &'a [Json], version: &str) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for name in exchanges.iter().map(|exchange| text(&exchange["cluster"])) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let clusters = names.iter().map(|name| cluster(file, name, version)).collect();
        let options = Options { clusters, began: BEGAN, ..Options::named(&[]) };
        Self {
            file,
            exchanges,
            client: Client::new(&options).unwrap(),
            tokens: RecordedTokens::default(),
            indexes: BTreeMap::new(),
            index_in_path: Regex::new("([?&]index=)([0-9]+)").unwrap(),
            compared: 0,
            differences: Vec::new(),
        }
    }

    fn run(&mut self) {
        prepare(self.file, &mut self.client);
        let mut row = 0;
        while row < self.exchanges.len() {
            let (rows, apart) = side_by_side(self.file, row);
            row = rows.iter().max().unwrap() + 1;
            // Polls that follow on one another may have run at once.
            let first = row;
            while self.exchanges.get(row).is_some_and(|exchange| exchange.get("poll").is_some()) {
                row += 1;
            }
            self.step(&rows, apart, first..row);
        }
    }

    /// An exchange, or those that ran side by side, and the polls after it.
    fn step(&mut self, rows: &[usize], apart: Duration, polls: std::ops::Range<usize>) {
        let note = text(&self.exchanges[rows[0]]["note"]);
        if let Some((seconds, "later")) = note.split_once(" s ").and_then(|(s, rest)| Some((s, rest.get(..5)?))) {
            self.client.advance(Duration::from_secs_f64(seconds.parse().unwrap()));
        }
        let mut polls: Vec<Poll> = polls.map(|row| Poll::new(row, &self.exchanges[row])).collect();
        // Where in its cycle a leader is when a request arrives is random. A state at the beginning of a recorded poll
        // may have ended here before it begins.
        for poll in polls.iter_mut().filter(|poll| poll.wanted.len() > 1) {
            self.read_state(poll);
        }
        let mut in_turn = rows.to_vec();
        in_turn.sort_by_key(|row| self.turn(*row));
        let mut sent: BTreeMap<usize, Sent> = BTreeMap::new();
        for row in in_turn {
            sent.insert(row, self.send(row));
            if apart > Duration::ZERO {
                self.client.advance(apart);
            }
        }
        let answers: Vec<(usize, Response)> = sent.into_iter().map(|(row, sent)| (row, self.settle(sent))).collect();
        for (row, answer) in answers {
            self.compare(row, answer);
        }
        self.client.advance(REQUEST);
        for row in rows {
            act_after(self.file, *row, &mut self.client);
        }
        if !polls.is_empty() {
            self.poll(polls);
        }
    }

    /// Of concurrent requests, blocking ones come first. The order of the others was random: the recorded one is used.
    fn turn(&self, row: usize) -> u8 {
        let exchange = &self.exchanges[row];
        match () {
            () if self.index_in_path.is_match(text(&exchange["request"]["path"])) => 0,
            () if exchange["response"]["status"] == 200 => 1,
            () => 2,
        }
    }

    /// The states of a poll must come in the same order, with none between them that it could not have missed.
    fn poll(&mut self, mut polls: Vec<Poll>) {
        let most = polls.iter().map(|poll| poll.wanted.len()).max().unwrap_or_default();
        let until = self.client.now + WITHIN * u32::try_from(most).unwrap();
        loop {
            for poll in &mut polls {
                self.read_state(poll);
            }
            if polls.iter().all(Poll::is_complete) || self.client.now > until {
                break;
            }
            self.client.onward(WITHIN);
        }
        for poll in polls {
            self.note(poll.row, format!("{:?}", poll.wanted), format!("{:?}", poll.observed()));
        }
        self.client.advance(POLLED_EVERY / 2);
    }

    fn read_state(&mut self, poll: &mut Poll) {
        let sent = self.client.send(&poll.cluster, Request::new("GET", &format!("/v1/peering/{}", poll.name)));
        let state = state_of(&self.settle(sent));
        poll.see(state, self.client.now);
    }

    fn compare(&mut self, row: usize, mut answer: Response) {
        let exchange = &self.exchanges[row];
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let recorded = RecordedResponse::new(response);
        let first = recorded.as_comparable(&answer);
        let mut simulated = first.clone();
        let path = text(&request["path"]);
        let is_followed = path.starts_with("/v1/peering") || path.contains("?peer=");
        let is_read = request["method"] == "GET" && is_followed && !self.index_in_path.is_match(path);
        let until = self.client.now + WITHIN;
        while is_read && simulated != recorded.answer && self.client.now < until {
            self.client.onward(WITHIN);
            let sent = self.send(row);
            answer = self.settle(sent);
            simulated = recorded.as_comparable(&answer);
        }
        let simulated = if simulated == recorded.answer { simulated } else { first };
        self.note(row, format!("{:#?}", recorded.answer), format!("{simulated:#?}"));
        self.tokens.learn(text(&response["body"]), &answer.body);
        if let (Some(from), Some(to)) =
            (response["headers"]["x-consul-index"].as_str(), answer.headers.get("x-consul-index"))
        {
            self.indexes.insert(from.into(), to.clone());
        }
    }

    fn note(&mut self, row: usize, recorded: String, simulated: String) {
        self.compared += 1;
        if recorded != simulated {
            self.differences.push(Difference { row, recorded, simulated });
        }
    }

    fn send(&mut self, row: usize) -> Sent {
        let exchange = &self.exchanges[row];
        let request = &exchange["request"];
        let target = self.index_in_path.replace(text(&request["path"]), |found: &regex::Captures<'_>| {
            format!("{}{}", &found[1], self.indexes.get(&found[2]).map_or(&found[2], String::as_str))
        });
        let request = Request {
            headers: headers(&request["headers"]),
            body: self.tokens.translate(text(&request["body"])).into_bytes(),
            ..Request::new(text(&request["method"]), &target)
        };
        self.client.send(text(&exchange["cluster"]), request)
    }

    fn settle(&mut self, sent: Sent) -> Response {
        match self.client.settle(sent, WITHIN * 2) {
            Some(Outcome::Answered(response)) => response,
            other => panic!("{}: {other:?}", self.file),
        }
    }
}

fn recordings(version: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(version);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Replays every recording of a version; compares at least `at_least` exchanges.
fn replay_all(version: &str, at_least: usize) {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for path in recordings(version) {
        let file = path.file_name().unwrap().to_str().unwrap();
        if not_replayed(file).is_some() {
            continue;
        }
        let recording: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let exchanges = recording["exchanges"].as_array().unwrap();
        let mut player = Player::new(file, exchanges, version);
        player.run();
        assert_eq!(player.compared, exchanges.len(), "{file}");
        compared += player.compared;
        let known: BTreeSet<usize> = known_differences(file).iter().copied().collect();
        let different: BTreeSet<usize> = player.differences.iter().map(|difference| difference.row).collect();
        // A listed difference that no longer exists is removed from the list.
        wrong.extend(known.difference(&different).map(|row| format!("{file}, exchange {row}: no longer different")));
        for Difference { row, recorded, simulated } in player.differences {
            if !known.contains(&row) {
                wrong.push(format!("{file}, exchange {row}:\nrecorded {recorded}\nsimulated {simulated}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{version}: {} differences\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(compared >= at_least, "{version}: {compared} exchanges were compared");
}

#[test]
fn consul_1_22_7() {
    replay_all("1.22.7", 870);
}

#[test]
fn consul_1_22_3() {
    replay_all("1.22.3", 621);
}

#[test]
fn consul_1_19_2() {
    replay_all("1.19.2", 448);
}
