//! The issuer as a client and a browser meet it: over HTTP, with the portal's own OpenID Connect library judging the tokens.

mod support;

use openidconnect::core::CoreJwsSigningAlgorithm;
use openidconnect::{LogoutRequest, PostLogoutRedirectUrl, ProviderMetadataWithLogout};
use reqwest::StatusCode;
use support::{CALLBACK, Flow, GOODBYE, Peer, query};

#[tokio::test]
async fn discovery_names_everything_a_client_needs() {
    let peer = Peer::start().await;
    let metadata = peer.metadata().await;
    assert_eq!(metadata.issuer().as_str(), peer.base);
    assert_eq!(metadata.id_token_signing_alg_values_supported(), &[CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256]);
    assert_eq!(metadata.jwks().keys().len(), 1);
    assert!(metadata.additional_metadata().end_session_endpoint.is_some());
}

#[tokio::test]
async fn a_button_signs_the_person_in() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let page = peer.get(&flow.authorize(&[("acr_values", "urn:tomoshibi:acr:2")])).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://localhost:8780;"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(page.headers().get("set-cookie").is_none());
    let html = page.text().await.expect("page");
    assert!(html.contains("value=\"otp\" checked"), "acr_values preselects the second factor");
    assert!(!html.contains("<script") && !html.contains("style="));
    assert!(html.contains("診療所 &lt;1&gt;"), "people's text is text");

    let form = support::form_of(&html, "clinic", "passkey");
    let answer = peer.post_form("/authorize", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let back = support::location(&answer);
    assert!(back.starts_with(CALLBACK));
    assert_eq!(query(&back, "state").as_deref(), Some(flow.state.secret().as_str()));
    assert_eq!(query(&back, "iss"), Some(peer.base.clone()));

    let tokens = flow.exchange(&peer, &query(&back, "code").expect("code")).await.expect("tokens");
    let claims = flow.verify(&peer, &tokens).await;
    assert_eq!(claims["sub"], "subject-clinic");
    assert_eq!(claims["email"], "clinic@example.jp");
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["name"], "看護 花子");
    assert_eq!(claims["locale"], "ja");
    assert_eq!(claims["acr"], "urn:tomoshibi:acr:2");
    assert_eq!(claims["amr"], serde_json::json!(["hwk", "user"]));
    assert!(claims["auth_time"].is_i64() && claims["sid"].as_str().is_some_and(|sid| sid.len() == 32));
    assert!(claims.get("picture").is_none());
}

#[tokio::test]
async fn each_factor_is_told_truly() {
    let peer = Peer::start().await;
    for (factor, acr, amr) in [("pwd", "1", vec!["pwd"]), ("otp", "2", vec!["pwd", "otp"]), ("passkey", "2", vec!["hwk", "user"])] {
        let flow = Flow::new(&peer);
        let code = flow.auto_code(&peer, &[("factor", factor)]).await;
        let claims = flow.verify(&peer, &flow.exchange(&peer, &code).await.expect("tokens")).await;
        assert_eq!(claims["acr"], format!("urn:tomoshibi:acr:{acr}"));
        assert_eq!(claims["amr"], serde_json::json!(amr));
    }
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_spends_the_code() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    let wrong = peer.token(&flow.fields(&code, "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong", CALLBACK)).await;
    assert_eq!(wrong, (StatusCode::BAD_REQUEST, Some("invalid_grant".into())));
    let late = peer.token(&flow.fields(&code, flow.verifier.secret(), CALLBACK)).await;
    assert_eq!(late, (StatusCode::BAD_REQUEST, Some("invalid_grant".into())));
}

#[tokio::test]
async fn a_code_works_once_and_its_reuse_takes_the_token_back() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    let tokens = flow.exchange(&peer, &code).await.expect("tokens");
    let access = support::access_token(&tokens);
    let info = peer.userinfo(&access).await;
    assert_eq!(info.status(), StatusCode::OK);
    let info: serde_json::Value = serde_json::from_slice(&info.bytes().await.expect("body")).expect("json");
    assert_eq!(info["sub"], "subject-clinic");
    assert!(flow.exchange(&peer, &code).await.is_err());
    assert_eq!(peer.userinfo(&access).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_lives_sixty_seconds() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    peer.clock.advance(time::Duration::seconds(59));
    assert!(flow.exchange(&peer, &code).await.is_ok());
    let code = flow.auto_code(&peer, &[]).await;
    peer.clock.advance(time::Duration::seconds(60));
    assert!(flow.exchange(&peer, &code).await.is_err());
}

#[tokio::test]
async fn the_token_is_for_the_right_client_and_address_only() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    let elsewhere = peer.token(&flow.fields(&code, flow.verifier.secret(), "http://localhost:8780/other")).await;
    assert_eq!(elsewhere, (StatusCode::BAD_REQUEST, Some("invalid_grant".into())));

    let code = flow.auto_code(&peer, &[]).await;
    let mut fields = flow.fields(&code, flow.verifier.secret(), CALLBACK);
    for (name, value) in &mut fields {
        if name == "client_secret" {
            *value = "guess".into();
        }
    }
    assert_eq!(peer.token(&fields).await, (StatusCode::UNAUTHORIZED, Some("invalid_client".into())));
    fields.retain(|(name, _)| name != "client_secret");
    assert_eq!(peer.token(&fields).await, (StatusCode::UNAUTHORIZED, Some("invalid_client".into())));
    // Neither attempt touched the code: its owner can still use it, here with the secret in the form (client_secret_post).
    assert_eq!(peer.token(&flow.fields(&code, flow.verifier.secret(), CALLBACK)).await, (StatusCode::OK, None));
}

#[tokio::test]
async fn an_untrusted_way_back_is_never_taken() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    for change in
        [("redirect_uri", "http://evil.example/callback"), ("redirect_uri", "http://localhost:8780/callback/more"), ("client_id", "other")]
    {
        for auto in ["0", "1"] {
            let url = flow.authorize(&[change, ("auto", auto), ("login_hint", "clinic")]);
            let answer = peer.get(&url).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{change:?}");
            assert!(answer.headers().get("location").is_none());
        }
    }
    let html = peer.get(&flow.authorize(&[])).await.text().await.expect("page");
    let mut form = support::form_of(&html, "clinic", "pwd");
    form.iter_mut().filter(|(name, _)| name == "redirect_uri").for_each(|(_, value)| *value = "http://evil.example/".into());
    let answer = peer.post_form("/authorize", &form).await;
    assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn a_malformed_request_is_told_to_the_client() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let cases = [
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "email"), "invalid_scope"),
        (("max_age", "soon"), "invalid_request"),
        (("prompt", "none"), "login_required"),
        (("request", "eyJ"), "request_not_supported"),
    ];
    for (change, error) in cases {
        let back = support::location(&peer.get(&flow.authorize(&[change])).await);
        assert!(back.starts_with(CALLBACK), "{change:?}");
        assert_eq!(query(&back, "error").as_deref(), Some(error), "{change:?}");
        assert_eq!(query(&back, "state").as_deref(), Some(flow.state.secret().as_str()));
        assert_eq!(query(&back, "code"), None);
    }
    let twice = format!("{}&client_id=portal", flow.authorize(&[]));
    assert_eq!(peer.get(&twice).await.status(), StatusCode::BAD_REQUEST, "a repeated parameter is refused");
}

#[tokio::test]
async fn every_visit_asks_again() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    for extra in [("prompt", "login"), ("max_age", "0"), ("login_hint", "clinic"), ("auto", "1")] {
        let answer = peer.get(&flow.authorize(&[extra])).await;
        assert_eq!(answer.status(), StatusCode::OK, "{extra:?}");
    }
    let nobody = peer.get(&flow.authorize(&[("login_hint", "nobody"), ("auto", "1")])).await;
    assert_eq!(nobody.status(), StatusCode::OK, "an unknown hint shows the page");
    let html = peer.get(&flow.authorize(&[("login_hint", "clinic"), ("ui_locales", "en ja")])).await.text().await.expect("page");
    assert!(html.contains("<html lang=\"en\">") && html.contains("class=\"hinted\""));
    let unknown = peer.post_form("/authorize", &support::form_of(&html, "nobody", "pwd")).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_old_token_still_verifies() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    let before = flow.exchange(&peer, &code).await.expect("tokens");
    let issuer = peer.issuer.clone();
    tokio::task::spawn_blocking(move || issuer.rotate()).await.expect("no panic").expect("rotated");
    assert_eq!(peer.metadata().await.jwks().keys().len(), 2);
    flow.verify(&peer, &before).await;

    let next = Flow::new(&peer);
    let code = next.auto_code(&peer, &[]).await;
    let after = next.exchange(&peer, &code).await.expect("tokens");
    next.verify(&peer, &after).await;
    assert_ne!(support::key_id(&before), support::key_id(&after));
}

#[tokio::test]
async fn sign_out_returns_only_with_our_token_to_a_known_address() {
    let peer = Peer::start().await;
    let flow = Flow::new(&peer);
    let code = flow.auto_code(&peer, &[]).await;
    let tokens = flow.exchange(&peer, &code).await.expect("tokens");
    let hint = support::id_token(&tokens);
    let metadata: ProviderMetadataWithLogout = peer.metadata().await;
    let endpoint = metadata.additional_metadata().end_session_endpoint.clone().expect("endpoint");
    let url = LogoutRequest::from(endpoint.clone())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(GOODBYE.into()).expect("address"))
        .set_state(flow.state.clone())
        .http_get_url();
    let with_hint = format!("{url}&id_token_hint={hint}");

    let out = peer.get(&with_hint).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert_eq!(support::location(&out), format!("{GOODBYE}?state={}", flow.state.secret()));
    peer.clock.advance(time::Duration::hours(5));
    assert_eq!(peer.get(&with_hint).await.status(), StatusCode::SEE_OTHER, "an expired token is still a hint");

    let mut forged = hint.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).expect("ascii");
    let refused = [
        url.to_string(),
        format!("{url}&id_token_hint={forged}"),
        format!("{}?id_token_hint={hint}&post_logout_redirect_uri=http://evil.example/", endpoint.as_str()),
        format!("{}?id_token_hint={forged}", endpoint.as_str()),
        format!("{with_hint}&client_id=other"),
    ];
    for url in refused {
        let answer = peer.get(&url).await;
        assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::BAD_REQUEST, None), "{url}");
    }
    assert_eq!(peer.get(endpoint.as_str()).await.status(), StatusCode::OK, "without any address it says goodbye itself");
}

#[tokio::test]
async fn a_page_elsewhere_is_reached_by_a_redirect_with_the_whole_request() {
    let peer = Peer::start_with(|settings| settings.page_url = Some(settings.issuer_url.replace("127.0.0.1", "localhost"))).await;
    let elsewhere = peer.base.replace("127.0.0.1", "localhost");
    let query = "client_id=portal&state=a%20b&nonce=x";
    let sent_on = peer.get(&format!("{}/authorize?{query}", peer.base)).await;
    assert_eq!(sent_on.status(), 303);
    assert_eq!(sent_on.headers()["location"], format!("{elsewhere}/authorize?{query}").as_str());
    // There it stays: this request lacks what a client must send, and is told so.
    let shown = peer.get(&format!("{elsewhere}/authorize?{query}")).await;
    assert_eq!(shown.status(), 400);
}
