//! A form that uploads one object straight from a browser (SigV4 POST policy), with or without script.
//!
//! Source: Amazon S3 API Reference, "Browser-Based Uploads Using POST (AWS Signature Version 4)". The SDK does not make these.

use crate::sign::{check_content_type, check_lifetime};
use crate::{BlobError, BlobSettings, Blobs, key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use url::Url;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
const INSTANT: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const EXPIRATION: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What may be uploaded: everything is exact, only the size has room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostUpload {
    /// The key the object gets, whatever the browser says.
    pub key: String,
    /// The content type the form must carry, exactly.
    pub content_type: String,
    /// Largest file in bytes.
    pub max_bytes: u64,
    /// Smallest file in bytes.
    pub min_bytes: u64,
    /// How long the form works after `now`, at most [`crate::MAX_SIGNED_LIFETIME`].
    pub expires: Duration,
    /// Where a form without script goes after success (303; the store adds `bucket`, `key` and `etag` to the query, which prove
    /// nothing). Without it the store answers 201, which is what a script needs: a redirect back would fail its origin check.
    pub success_redirect: Option<String>,
    /// The present instant.
    pub now: OffsetDateTime,
}

/// A form to send as `multipart/form-data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPost {
    /// The form's action.
    pub url: String,
    /// Hidden fields, in this order; the file comes last, in a field named `file`.
    pub fields: Vec<(String, String)>,
}

impl Blobs {
    /// Signs a form for one upload. Nothing is sent.
    ///
    /// # Errors
    /// [`BlobError::Other`] for a life, size, type or key that cannot be signed.
    pub fn sign_post(&self, upload: &PostUpload) -> Result<SignedPost, BlobError> {
        key::check(&upload.key)?;
        check_lifetime(upload.expires)?;
        check_content_type(&upload.content_type)?;
        if upload.min_bytes > upload.max_bytes {
            return Err(BlobError::Other("smallest file larger than the largest".into()));
        }
        let settings = &self.settings;
        let now = upload.now.to_offset(time::UtcOffset::UTC);
        let day = written(now, DAY)?;
        let credential = format!("{}/{day}/{}/s3/aws4_request", settings.access_key, settings.region);
        let success = match &upload.success_redirect {
            Some(address) => ("success_action_redirect", address.clone()),
            None => ("success_action_status", "201".to_owned()),
        };
        let mut fields = vec![
            ("key", upload.key.clone()),
            ("Content-Type", upload.content_type.clone()),
            success,
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", written(now, INSTANT)?),
        ];
        let policy = STANDARD.encode(policy(settings, upload, &fields, written(now + upload.expires, EXPIRATION)?));
        let signature = signature(settings, &day, &policy)?;
        fields.push(("policy", policy));
        fields.push(("x-amz-signature", signature));
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(SignedPost { url: upload_address(settings)?, fields })
    }
}

/// Every field must stand in the policy with its exact value, or the store refuses the form.
fn policy(settings: &BlobSettings, upload: &PostUpload, fields: &[(&str, String)], expiration: String) -> String {
    let mut conditions = vec![json!({ "bucket": settings.bucket }), json!(["content-length-range", upload.min_bytes, upload.max_bytes])];
    conditions.extend(fields.iter().map(|(name, value)| json!(["eq", format!("${name}"), value])));
    json!({ "expiration": expiration, "conditions": conditions }).to_string()
}

/// The signature over the encoded policy, in hexadecimal.
fn signature(settings: &BlobSettings, day: &str, policy: &str) -> Result<String, BlobError> {
    let mut key = format!("AWS4{}", settings.secret_key).into_bytes();
    for part in [day, &settings.region, "s3", "aws4_request", policy] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| BlobError::Other(error.to_string()))?;
        mac.update(part.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    Ok(hex::encode(key))
}

fn written(at: OffsetDateTime, format: &[BorrowedFormatItem<'_>]) -> Result<String, BlobError> {
    at.format(format).map_err(|error| BlobError::Other(error.to_string()))
}

/// The bucket's own address as browsers reach it, where forms are posted.
pub(crate) fn upload_address(settings: &BlobSettings) -> Result<String, BlobError> {
    address_of(settings, settings.public_endpoint.as_deref().or(settings.endpoint.as_deref()))
}

/// The bucket at an endpoint.
pub(crate) fn address_of(settings: &BlobSettings, endpoint: Option<&str>) -> Result<String, BlobError> {
    let wrong = || BlobError::Other("object store endpoint is not an http(s) address".into());
    let aws = format!("https://s3.{}.amazonaws.com", settings.region);
    let endpoint = endpoint.unwrap_or(&aws);
    let mut url = Url::parse(endpoint).map_err(|_| wrong())?;
    let host = url.host_str().map(str::to_owned).ok_or_else(wrong)?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    if settings.force_path_style {
        // With the slash at its end in both styles: some stores (SeaweedFS) hold a bucket's CORS rules against that address alone.
        url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().push(&settings.bucket).push("");
    } else {
        url.set_host(Some(&format!("{}.{host}", settings.bucket))).map_err(|_| wrong())?;
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    /// The example of the AWS documentation ("Example: Browser-Based Upload using HTTP POST").
    fn settings() -> BlobSettings {
        BlobSettings {
            endpoint: None,
            public_endpoint: None,
            region: "us-east-1".into(),
            bucket: "sigv4examplebucket".into(),
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            force_path_style: false,
        }
    }

    fn upload() -> PostUpload {
        PostUpload {
            key: "a/b".into(),
            content_type: "image/png".into(),
            max_bytes: 10,
            min_bytes: 1,
            expires: Duration::from_secs(600),
            success_redirect: None,
            now: datetime!(2015-12-29 09:00 +9),
        }
    }

    #[test]
    fn the_policy_says_exactly_what_the_fields_say() {
        let post = Blobs::connect(settings()).and_then(|blobs| blobs.sign_post(&upload())).expect("signed");
        assert_eq!(post.url, "https://sigv4examplebucket.s3.us-east-1.amazonaws.com/");
        let field = |name: &str| post.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let policy = STANDARD.decode(field("policy").expect("policy")).expect("base64");
        let policy: serde_json::Value = serde_json::from_slice(&policy).expect("json");
        assert_eq!(policy["expiration"], "2015-12-29T00:10:00.000Z");
        assert_eq!(
            policy["conditions"],
            json!([
                { "bucket": "sigv4examplebucket" },
                ["content-length-range", 1, 10],
                ["eq", "$key", "a/b"],
                ["eq", "$Content-Type", "image/png"],
                ["eq", "$success_action_status", "201"],
                ["eq", "$x-amz-algorithm", "AWS4-HMAC-SHA256"],
                ["eq", "$x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"],
                ["eq", "$x-amz-date", "20151229T000000Z"],
            ])
        );
        assert_eq!(field("x-amz-signature").map(str::len), Some(64));
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        let policy = r#"{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}"#;
        // The page's encoded form has the line ends of its author's editor.
        let policy = STANDARD.encode(policy.replace('\n', "\r\n"));
        let documented = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
        assert_eq!(signature(&settings(), "20151229", &policy).expect("signed"), documented);
    }

    #[test]
    fn what_cannot_be_signed_is_refused() {
        let blobs = Blobs::connect(settings()).expect("settings");
        for wrong in [
            PostUpload { key: "../x".into(), ..upload() },
            PostUpload { content_type: "image".into(), ..upload() },
            PostUpload { content_type: "image/png\r\nX: y".into(), ..upload() },
            PostUpload { max_bytes: 0, ..upload() },
            PostUpload { expires: Duration::ZERO, ..upload() },
            PostUpload { expires: Duration::from_secs(3601), ..upload() },
        ] {
            assert!(matches!(blobs.sign_post(&wrong), Err(BlobError::Other(_))), "{wrong:?}");
        }
        for endpoint in ["localhost", "ftp://x", "http://x/?a", ""] {
            assert!(Blobs::connect(BlobSettings { endpoint: Some(endpoint.into()), ..settings() }).is_err(), "{endpoint}");
            assert!(Blobs::connect(BlobSettings { public_endpoint: Some(endpoint.into()), ..settings() }).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn the_address_follows_the_bucket_style() {
        let at = |endpoint: &str, force_path_style| {
            upload_address(&BlobSettings { endpoint: Some(endpoint.into()), force_path_style, ..settings() }).expect("address")
        };
        assert_eq!(at("http://127.0.0.1:8782", true), "http://127.0.0.1:8782/sigv4examplebucket/");
        assert_eq!(at("https://s3.example.jp/", false), "https://sigv4examplebucket.s3.example.jp/");
        let inside = BlobSettings { endpoint: Some("http://10.0.0.5:9000".into()), force_path_style: true, ..settings() };
        let outside = BlobSettings { public_endpoint: Some("https://files.example.jp".into()), ..inside };
        assert_eq!(upload_address(&outside).expect("address"), "https://files.example.jp/sigv4examplebucket/");
    }
}
