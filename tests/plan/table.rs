//! Every state of one side against every state of the other.

use super::*;

/// The decision as a table. A row is the acceptor's side, a column the dialer's; columns 1, 2 and 3 of a state
/// are a dialer of this acceptor, of a deleted one, of another cluster.
///
/// `G` generate and establish · `x` delete the acceptor, wait until it is gone · `w` wait until the dialer is
/// TERMINATED · `d` wait until what is being deleted is gone · `…` linked, wait until ACTIVE · `=` linked, nothing to do
/// · `p` refused, peer_mismatch · `r` refused, role_conflict
const TABLE: &str = "
                          |  -  |  PENDING  | ESTABLISHING |  ACTIVE   |  FAILING  | TERMINATED | DELETING | acceptor
                          |     | 1   2   3 |  1   2   3   | 1   2   3 | 1   2   3 | 1   2   3  |          |
 -                        |  G  | G   G   p |  G   G   p   | wG  wG  p | G   G   p | G   G   p  | dG       | r
 PENDING, never dialed    |  G  | G   G   p |  …   G   p   | …   wG  p | …   G   p | G   G   p  | dG       | r
 PENDING                  | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 ESTABLISHING             | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 ACTIVE                   | xG  | xG  xG  p |  …   xG  p   | =   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 FAILING                  | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 TERMINATED               | xG  | xG  xG  p |  xG  xG  p   | xG  xG  p | xG  xG  p | xG  xG  p  | dxG      | r
 DELETING                 | dG  | dG  dG  p |  dG  dG  p   | dwG dwG p | dG  dG  p | dG  dG  p  | ddG      | r
 ACTIVE, another cluster  |  p  | p   p   p |  …   p   p   | =   p   p | …   p   p | p   p   p  | p        | r
 ACTIVE, another datacenter| p  | p   p   p |  …   p   p   | =   p   p | …   p   p | p   p   p  | p        | r
 dialer                   |  r  | r   r   r |  r   r   r   | r   r   r | r   r   r | r   r   r  | r        | r
";

pub fn decided(acceptor: &Side, dialer: &Side) -> String {
    match plan(acceptor, dialer) {
        Ok(plan) => {
            let shown = shown(&plan);
            let quiet = shown.chars().all(|c| "=…".contains(c));
            assert_eq!(plan.linked, quiet, "linked where nothing is written, and only there");
            shown
        }
        Err(conflict) => match conflict.refusal.code {
            _ if conflict.refusal.hint.contains("replace") => panic!("nothing is replaced"),
            Code::PeerMismatch => "p".into(),
            Code::RoleConflict => "r".into(),
            other => panic!("{other:?}"),
        },
    }
}

/// Every cell: the row's text, the column's state, its acceptor, the expected decision.
pub fn cells() -> Vec<(String, String, &'static str, String)> {
    let mut lines = TABLE.lines().filter(|line| line.contains('|'));
    let split = |line: &str| line.split('|').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    let head = split(lines.next().unwrap());
    lines.next(); // the numbers of the columns
    let mut cells = Vec::new();
    for line in lines {
        let parts = split(line);
        for (column, part) in head.iter().zip(&parts).skip(1) {
            let expected: Vec<_> = part.split_whitespace().collect();
            let whose: &[&str] = if expected.len() == 3 { &["=", "~", "!"] } else { &["="] };
            assert_eq!(whose.len(), expected.len(), "{line}");
            for (whose, expected) in whose.iter().zip(expected) {
                cells.push((parts[0].clone(), column.clone(), *whose, expected.to_owned()));
            }
        }
    }
    cells
}

#[test]
fn every_state_of_one_side_against_every_state_of_the_other() {
    let cells = cells();
    assert_eq!(cells.len(), 11 * 18);
    let wrong: Vec<_> = cells
        .into_iter()
        .filter_map(|(row, column, whose, expected)| {
            let found = decided(&acceptor(&row), &dialer(&column, whose));
            (found != expected).then(|| format!("{row} × {column} {whose}: {found}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_documented_table_is_equal() {
    assert!(include_str!("../../docs/connect.md").contains(TABLE.trim_matches('\n')));
}
