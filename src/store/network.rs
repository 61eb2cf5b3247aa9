//! Whether a file lies on a file system of another machine, by the kernel's table of mounts.

use std::path::Path;

/// Types of file systems that other machines hold. SQLite's locks do not reach from one machine to another on them.
const OF_OTHER_MACHINES: [&str; 26] = [
    "9p",
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.ceph",
    "fuse.davfs",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
    "virtiofs",
    "vmhgfs",
];

/// The type of the file system, if it is one of another machine. `mounts` is the text of `/proc/self/mountinfo`, and
/// `path` is absolute and without symbolic links.
pub(super) fn network_file_system(mounts: &str, path: &Path) -> Option<String> {
    // The mount that hides the others is the one with the longest path, the last of them where several have that path.
    let found = mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| Path::new(point).components().count())?;
    OF_OTHER_MACHINES.contains(&found.1).then(|| found.1.to_owned())
}

/// The point and the type of a mount.
fn mount(line: &str) -> Option<(String, &str)> {
    let (left, right) = line.split_once(" - ")?;
    Some((unescaped(left.split(' ').nth(4)?), right.split(' ').next()?))
}

/// The kernel writes blanks and backslashes as three octal digits.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|it| u8::from_str_radix(it, 8).ok());
        match code {
            Some(code) => {
                whole.push(char::from(code));
                whole.push_str(&part[3..]);
            }
            None => {
                whole.push('\\');
                whole.push_str(part);
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = concat!(
        "21 1 254:0 / / rw,relatime - ext4 /dev/root rw\n",
        "30 21 0:30 / /home rw shared:1 - nfs4 files:/home rw\n",
        "31 30 0:31 / /home/ann/my\\040disk rw - xfs /dev/sdb rw\n",
        "32 21 0:32 / /srv rw - ext4 /dev/sdc rw\n",
        "33 21 0:33 / /srv rw master:2 - cifs //files/srv rw\n",
        "a line that is not a mount\n",
    );

    #[test]
    fn the_innermost_mount_decides() {
        let of = |path: &str| network_file_system(MOUNTS, Path::new(path));
        assert_eq!(of("/var/s.db"), None);
        assert_eq!(of("/home/ann/s.db").as_deref(), Some("nfs4"));
        assert_eq!(of("/home/ann/my disk/s.db"), None);
        assert_eq!(of("/homes/s.db"), None);
        assert_eq!(of("/srv/s.db").as_deref(), Some("cifs"), "the later mount hides the earlier one");
        assert_eq!(network_file_system("", Path::new("/s.db")), None);
    }
}
