//! The issuer's signing keys: made once, kept in a folder, rotated on request.

use crate::DemoError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKey, JsonWebKeyId, PrivateSigningKey};
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

const ALGORITHM: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
const BITS: usize = 2048;
/// The current key and the one before it: tokens live for minutes, so older ones verify nothing any more.
const KEPT: usize = 2;

/// The key ring, newest first.
pub(crate) struct Keys {
    dir: PathBuf,
    ring: RwLock<Vec<Arc<Key>>>,
}

struct Key {
    number: u32,
    id: String,
    signer: CoreRsaPrivateSigningKey,
    public: CoreJsonWebKey,
}

impl Keys {
    /// Reads the keys of `dir`, making the folder and the first key if there are none.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, DemoError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(DemoError::io("make the key folder"))?;
        let keys = Self { ring: RwLock::new(read_all(&dir)?), dir };
        if keys.ring().is_empty() {
            keys.rotate()?;
        }
        Ok(keys)
    }

    /// Puts a new key in front and forgets all but the newest two.
    pub(crate) fn rotate(&self) -> Result<(), DemoError> {
        let pem = rsa::RsaPrivateKey::new(&mut rand::rngs::OsRng, BITS)
            .and_then(|key| key.to_pkcs1_pem(LineEnding::LF).map_err(rsa::Error::from))
            .map_err(|error| DemoError::Key(error.to_string()))?;
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let number = ring.first().map_or(1, |newest| newest.number + 1);
        let key = Key::new(number, kernel::secret::new_key(), &pem)?;
        write_key(&self.dir, &key, pem.as_bytes())?;
        ring.insert(0, Arc::new(key));
        let kept = ring.len().min(KEPT);
        for old in ring.split_off(kept) {
            fs::remove_file(self.dir.join(old.file_name())).map_err(DemoError::io("remove an old key"))?;
        }
        Ok(())
    }

    /// The public keys as a JWK set.
    pub(crate) fn jwks(&self) -> Result<Value, DemoError> {
        let keys = self.ring().iter().map(|key| key.jwk()).collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "keys": keys }))
    }

    /// Signs `claims` with the current key: a compact RS256 JWT.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String, DemoError> {
        let key = self.ring().first().cloned().ok_or_else(|| DemoError::Key("none".into()))?;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
        let message = format!("{}.{}", encode(&header)?, encode(claims)?);
        let signature = key.signer.sign(&ALGORITHM, message.as_bytes()).map_err(|error| DemoError::Key(error.to_string()))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a JWT that one of the published keys signed; its times are the caller's to judge.
    pub(crate) fn verify<T: DeserializeOwned>(&self, jwt: &str) -> Option<T> {
        let (message, signature) = jwt.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let key = self.ring().iter().find(|key| header["kid"] == key.id.as_str()).cloned()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // The algorithm is ours, never the token's.
        key.public.verify_signature(&ALGORITHM, message.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    fn ring(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<Key>>> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    fn new(number: u32, id: String, pem: &str) -> Result<Self, DemoError> {
        let signer = CoreRsaPrivateSigningKey::from_pem(pem, Some(JsonWebKeyId::new(id.clone()))).map_err(DemoError::Key)?;
        Ok(Self { number, id, public: signer.as_verification_key(), signer })
    }

    fn file_name(&self) -> String {
        format!("{:06}-{}.pem", self.number, self.id)
    }

    fn jwk(&self) -> Result<Value, DemoError> {
        let mut jwk = serde_json::to_value(&self.public).map_err(|error| DemoError::Key(error.to_string()))?;
        jwk["alg"] = "RS256".into();
        Ok(jwk)
    }
}

fn encode(part: &impl Serialize) -> Result<String, DemoError> {
    let bytes = serde_json::to_vec(part).map_err(|error| DemoError::Key(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn read_all(dir: &Path) -> Result<Vec<Arc<Key>>, DemoError> {
    let mut ring = Vec::new();
    for entry in fs::read_dir(dir).map_err(DemoError::io("list the key folder"))? {
        let path = entry.map_err(DemoError::io("list the key folder"))?.path();
        let Some((number, id)) = path.file_name().and_then(|name| name.to_str()).and_then(parse_name) else { continue };
        let pem = fs::read_to_string(&path).map_err(DemoError::io("read a key"))?;
        ring.push(Arc::new(Key::new(number, id.to_owned(), &pem)?));
    }
    ring.sort_by_key(|key| std::cmp::Reverse(key.number));
    Ok(ring)
}

fn parse_name(name: &str) -> Option<(u32, &str)> {
    let (number, id) = name.strip_suffix(".pem")?.split_once('-')?;
    Some((number.parse().ok()?, id))
}

/// Writes beside and renames, so that a stop in the middle never leaves half a key.
fn write_key(dir: &Path, key: &Key, pem: &[u8]) -> Result<(), DemoError> {
    let beside = dir.join(format!(".{}", key.id));
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(pem)?;
        file.sync_all()?;
        fs::rename(&beside, dir.join(key.file_name()))
    };
    write().map_err(DemoError::io("write a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_restart_and_two_are_kept() {
        let dir = tempfile::tempdir().expect("folder");
        let keys = Keys::open(dir.path().join("keys")).expect("first key");
        let first = keys.sign(&json!({ "n": 1 })).expect("signed");
        drop(keys);

        let keys = Keys::open(dir.path().join("keys")).expect("same key");
        assert_eq!(keys.verify::<Value>(&first), Some(json!({ "n": 1 })));
        keys.rotate().expect("second key");
        let second = keys.sign(&json!({ "n": 2 })).expect("signed");
        assert!(keys.verify::<Value>(&first).is_some(), "the key before stays published");
        keys.rotate().expect("third key");
        assert!(keys.verify::<Value>(&first).is_none(), "the oldest is gone");
        assert!(keys.verify::<Value>(&second).is_some());
        assert_eq!(keys.jwks().expect("set")["keys"].as_array().map(Vec::len), Some(2));
        assert_eq!(fs::read_dir(dir.path().join("keys")).expect("folder").count(), 2);
    }
}
