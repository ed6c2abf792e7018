module.exports = { title: "뷰", lang: "ko-KR" }
