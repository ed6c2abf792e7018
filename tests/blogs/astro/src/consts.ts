export const SITE_TITLE = "우주";
