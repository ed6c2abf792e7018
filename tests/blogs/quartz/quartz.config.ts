const config = { configuration: { pageTitle: "수정", baseUrl: "quartz.example", locale: "ko-KR" } }
