//! Doing many things at once.

use std::cell::OnceCell;

use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};

/// The results of all, in their order. What drives them is compiled once, and not for each kind of result.
pub async fn join_all<'a, T: 'a>(work: impl Iterator<Item = LocalBoxFuture<'a, T>>) -> Vec<T> {
    let work: Vec<_> = work.collect();
    let results: Vec<_> = work.iter().map(|_| OnceCell::new()).collect();
    let each = work.into_iter().zip(&results);
    let each = each.map(|(work, result)| work.map(|value| drop(result.set(value))).boxed_local());
    drive(each.collect()).await;
    results.into_iter().filter_map(OnceCell::into_inner).collect()
}

async fn drive(mut work: FuturesUnordered<LocalBoxFuture<'_, ()>>) {
    while work.next().await.is_some() {}
}
