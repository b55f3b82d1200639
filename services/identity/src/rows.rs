//! The rows of this room and every statement about them: `doors` before anybody is known, `scoped` in somebody's scope,
//! `leaving` for what hangs on a seat that ends.

mod doors;
mod leaving;
mod scoped;

pub(crate) use doors::*;
pub(crate) use leaving::*;
pub(crate) use scoped::*;

fn closed<T: std::str::FromStr<Err = kernel::units::UnknownWord>>(word: &str) -> Result<T, store::StoreError> {
    word.parse().map_err(|unknown: kernel::units::UnknownWord| store::StoreError::Internal(unknown.to_string()))
}

pub(crate) async fn sweep_sign_ins(tx: &store::Tx) -> Result<(), store::StoreError> {
    let now = tx.clock().now();
    tx.run("SELECT sweep_sign_ins($1)", [now.into()]).await?;
    tx.run("SELECT sweep_issuer_logouts($1)", [now.into()]).await.map(drop)
}
