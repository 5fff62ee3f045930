[davbox-http]
title="davbox"
desc="davbox (HTTP)"
port_forward="no"
dst.ports="@HTTP@/tcp"

[davbox-https]
title="davbox"
desc="davbox (HTTPS)"
port_forward="yes"
dst.ports="@HTTPS@/tcp"
