fn main() {
    let url = std::env::args().nth(1).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        store::prepare_job_queue(&url).await.unwrap();
        migrations::apply(&url).await.unwrap();
        println!("{:?}", migrations::applied(&url).await.unwrap());
    });
}
