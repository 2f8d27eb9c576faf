"""Parts of the script that invents the sample district; nothing here describes a real place."""
